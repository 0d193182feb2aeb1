#include "file_head.hpp"

#include <unistd.h>

#include <algorithm>

namespace tidegate::file_source {
namespace {

std::string_view read_head(int file, char (&into)[head_bytes_max]) {
  const auto got = ::pread(file, into, sizeof into, 0);
  return {into, got < 0 ? 0 : static_cast<std::size_t>(got)};
}

}  // namespace

std::uint64_t head_hash(std::string_view bytes) noexcept {
  std::uint64_t made = 0xcbf29ce484222325U;
  for (const char byte : bytes) {
    made ^= static_cast<unsigned char>(byte);
    made *= 0x100000001b3U;
  }
  return made;
}

bool file_head::is_unchanged(int file) {
  char room[head_bytes_max];
  const auto now = read_head(file, room);
  if (!now.starts_with(bytes_)) return false;
  bytes_ = now;
  return true;
}

std::uint64_t file_head::hash(std::size_t length) const noexcept {
  return head_hash(std::string_view{bytes_}.substr(0, length));
}

bool begins_with(int file, std::size_t length, std::uint64_t hash) {
  char room[head_bytes_max];
  const auto now = read_head(file, room);
  return now.size() >= length && head_hash(now.substr(0, length)) == hash;
}

}  // namespace tidegate::file_source
