// Certificates that a test makes for itself, with the program openssl.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "../sinks/support.hpp"

namespace tidegate::testing {

class certificates {
 public:
  std::string operator/(const std::string& name) const { return folder_ / name; }

  void openssl(const std::string& arguments) const {
    const auto command = "cd " + folder_.path() + " && openssl " + arguments + " >openssl.log 2>&1";
    if (std::system(command.c_str()) != 0)
      throw std::runtime_error{arguments + ": " + content(folder_ / "openssl.log")};
  }
  // NAME.pem and NAME.key, self-signed; `more` are arguments of openssl x509.
  void make_pair(const std::string& name, const std::string& dates = "-days 90") const {
    openssl("ecparam -name prime256v1 -genkey -noout -out " + name + ".key");
    ::chmod((folder_ / (name + ".key")).c_str(), 0600);
    openssl("req -new -key " + name + ".key -subj /CN=" + name + " -out " + name + ".csr");
    openssl("x509 -req -in " + name + ".csr -signkey " + name + ".key " + dates + " -out " + name + ".pem");
  }

 private:
  temporary_folder folder_;
};

}  // namespace tidegate::testing
