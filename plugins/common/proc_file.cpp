#include "proc_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace tidegate::common {

namespace {
constexpr std::size_t bytes_first = 4096;
}

proc_file& proc_file::operator=(proc_file&& other) noexcept {
  if (this == &other) return *this;
  close();
  path_ = std::move(other.path_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  errno_ = other.errno_;
  return *this;
}

std::optional<std::string_view> proc_file::read(file_buffer& buffer) {
  if (!open()) return std::nullopt;
  if (buffer.empty()) buffer.resize(bytes_first);
  for (;;) {
    const auto length = read_at(buffer, 0);
    if (!length) return std::nullopt;
    // A full buffer may hold a part only. All of it is read again, since the rest is of another moment.
    if (*length < buffer.size()) return std::string_view{buffer.data(), *length};
    if (!grow(buffer)) return std::nullopt;
  }
}

std::optional<std::string_view> proc_file::read_in_pieces(file_buffer& buffer) {
  if (!open()) return std::nullopt;
  if (buffer.empty()) buffer.resize(bytes_first);
  std::size_t filled = 0;
  for (;;) {
    const auto length = read_at(buffer, filled);
    if (!length) return std::nullopt;
    if (*length == 0) return std::string_view{buffer.data(), filled};
    filled += *length;
    if (filled == buffer.size() && !grow(buffer)) return std::nullopt;
  }
}

std::string proc_file::problem() const {
  return "cannot read " + path_ + ": " + std::generic_category().message(errno_);
}

void proc_file::close() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

// Not blocking, in case that the path names a pipe.
bool proc_file::open() noexcept {
  if (descriptor_ >= 0) return true;
  do descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) errno_ = errno;
  return descriptor_ >= 0;
}

std::optional<std::size_t> proc_file::read_at(file_buffer& buffer, std::size_t position) noexcept {
  for (;;) {
    const auto length = ::pread(descriptor_, buffer.data() + position, buffer.size() - position,
                                static_cast<off_t>(position));
    if (length >= 0) return static_cast<std::size_t>(length);
    if (errno == EINTR) continue;
    errno_ = errno;
    close();
    return std::nullopt;
  }
}

bool proc_file::grow(file_buffer& buffer) {
  if (buffer.size() >= bytes_max) {
    errno_ = EFBIG;
    close();
    return false;
  }
  buffer.resize(std::min(buffer.size() * 2, bytes_max));
  return true;
}

}  // namespace tidegate::common
