#include "file_head.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace tidegate::file_source {
namespace {

std::optional<std::string_view> read_head(int file, char (&into)[head_bytes_max]) {
  std::size_t length = 0;
  while (length < sizeof into) {
    const auto got = ::pread(file, into + length, sizeof into - length, static_cast<off_t>(length));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  return std::string_view{into, length};
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

std::optional<file_head> file_head::of(int file) {
  file_head made;
  if (made.compare(file) == likeness::unknown) return std::nullopt;
  return made;
}

likeness file_head::compare(int file) {
  char room[head_bytes_max];
  const auto now = read_head(file, room);
  if (!now) return likeness::unknown;
  if (now->starts_with(bytes_)) {
    bytes_ = *now;
    return likeness::same;
  }
  struct stat is {};
  const bool was_cut = std::string_view{bytes_}.starts_with(*now);
  if (!was_cut) return likeness::other;
  // Shorter than it is said to be: it was written just now, or a file server has not given all of it.
  if (::fstat(file, &is) != 0) return likeness::unknown;
  if (static_cast<std::uint64_t>(is.st_size) < bytes_.size()) return likeness::other;
  errno = EAGAIN;
  return likeness::unknown;
}

std::uint64_t file_head::hash(std::size_t length) const noexcept {
  return head_hash(std::string_view{bytes_}.substr(0, length));
}

bool file_head::begins_with(std::size_t length, std::uint64_t wanted) const noexcept {
  return bytes_.size() >= length && hash(length) == wanted;
}

}  // namespace tidegate::file_source
