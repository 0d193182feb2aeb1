#include "http/bearer_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tidegate/error.hpp"

namespace tidegate::http {
namespace {

constexpr std::int64_t look_every = 1'000'000'000;
constexpr std::size_t bytes_max = 16 * 1024;

std::string option_text(const std::string& path) { return "bearer_token_file " + path; }

}  // namespace

void bearer_file::refresh(std::int64_t now) {
  if (path_.empty() || (now < look_at_ && !token_.empty())) return;
  look_at_ = now + look_every;
  struct stat found {};
  if (::stat(path_.c_str(), &found) != 0)
    throw temporary("cannot read " + option_text(path_) + ": " + std::strerror(errno));
  const std::int64_t seen[] = {static_cast<std::int64_t>(found.st_ino), found.st_size, found.st_mtim.tv_sec,
                               found.st_mtim.tv_nsec};
  if (std::equal(std::begin(seen), std::end(seen), known_) && !token_.empty()) return;
  read();
  std::copy(std::begin(seen), std::end(seen), known_);
}

void bearer_file::read() {
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) throw temporary("cannot read " + option_text(path_) + ": " + std::strerror(errno));
  std::string content(bytes_max, '\0');
  const auto count = ::read(file, content.data(), content.size());
  const int failed = errno;
  ::close(file);
  if (count < 0) throw temporary("cannot read " + option_text(path_) + ": " + std::strerror(failed));
  content.resize(static_cast<std::size_t>(count));
  const auto first = content.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) throw temporary(option_text(path_) + " is empty; write the token into it");
  content = content.substr(first, content.find_last_not_of(" \t\r\n") - first + 1);
  if (content.size() >= bytes_max - 4 ||
      std::any_of(content.begin(), content.end(), [](char c) { return c <= ' ' || c == 0x7f; }))
    throw temporary(option_text(path_) +
                    " holds no token: one word of letters, digits and signs, up to 16 KiB");
  token_ = std::move(content);
}

}  // namespace tidegate::http
