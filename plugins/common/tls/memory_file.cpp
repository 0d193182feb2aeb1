#include "tls/memory_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tidegate/error.hpp"

namespace tidegate::tls {

memory_file::memory_file(std::string_view content) : file_{::memfd_create("tidegate-tls", MFD_CLOEXEC)} {
  while (file_ >= 0 && !content.empty()) {
    const auto written = ::write(file_, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file_ >= 0 && content.empty()) return;
  const auto reason = std::string{std::strerror(errno)};
  if (file_ >= 0) ::close(file_);
  throw temporary("cannot keep a certificate in memory: " + reason);
}

memory_file::~memory_file() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace tidegate::tls
