// The files of `tls:`, read and checked before anything is sent.
//
// A TLS library says no more than "cannot load" of all that can be wrong with them; here each has its
// sentence. What was checked is what is used: the content is kept, and handed to libraries that want file
// names as files in memory, so that a file that changes meanwhile changes nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tls/memory_file.hpp"
#include "tls/openssl.hpp"

namespace tidegate::tls {

// As configured; empty is not given.
struct file_names {
  std::string ca;
  std::string certificate;
  std::string key;
  std::string key_passphrase;  // a secret
  std::string key_uri;         // instead of `key`: where it is in a token, whose PIN the passphrase is
  std::string pkcs11_module;   // the library of the token
};

// A value that is shared and never changed.
class credentials {
 public:
  // Throws tidegate::error, temporary, with the option, the file and the mend. Any thread; reads files only.
  static credentials load(const file_names& from, std::int64_t now_utc);

  // Paths that can be opened as long as this lives; empty where the file was not given.
  std::string ca_path() const { return ca_.path(); }
  std::string certificate_path() const { return certificate_.path(); }
  std::string key_path() const { return key_.path(); }
  const std::string& key_passphrase() const { return key_passphrase_; }
  // The key, if it is in a token; then it has no path.
  EVP_PKEY* token_key() const { return token_key_.get(); }
  // Of the certificate, UTC nanoseconds; 0 without one.
  std::int64_t expires() const { return expires_; }

 private:
  memory_file ca_;
  memory_file certificate_;
  memory_file key_;
  std::shared_ptr<EVP_PKEY> token_key_;
  std::string key_passphrase_;
  std::int64_t expires_ = 0;
};

// Tells when one of the files is another than before: written, replaced, or gone.
class file_watch {
 public:
  explicit file_watch(const file_names& of);
  // Since the last call, or since it was made. A change is told once it has been the same for two looks, so
  // that certificate and key, which are written one after the other, are taken together.
  bool changed();

 private:
  std::vector<std::int64_t> look() const;

  std::vector<std::string> paths_;
  std::vector<std::int64_t> known_;
  std::vector<std::int64_t> last_;
};

}  // namespace tidegate::tls
