#include "config/position.hpp"

namespace tidegate::config {

std::string to_string(const position& where) {
  if (!where.file) return "(default)";
  if (where.line == 0) return *where.file;
  return *where.file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
}

}  // namespace tidegate::config
