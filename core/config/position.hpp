// Where something stands in a configuration file.
#pragma once

#include <memory>
#include <string>

namespace tidegate::config {

// Lines and columns count from 1; line 0 is "not from a file" (a default). A value; the file's name is
// shared between all positions in it.
struct position {
  std::shared_ptr<const std::string> file;
  int line = 0;
  int column = 0;
};

// "gateway.yaml:12:5", or "(default)".
std::string to_string(const position& where);

}  // namespace tidegate::config
