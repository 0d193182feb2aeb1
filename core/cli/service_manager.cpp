#include "cli/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace tidegate::cli {

service_manager::service_manager() {
  const char* given = std::getenv("NOTIFY_SOCKET");
  if (given == nullptr) return;
  const std::string path = given;
  ::unsetenv("NOTIFY_SOCKET");
  sockaddr_un peer{};
  if (path.size() < 2 || path.size() >= sizeof peer.sun_path || (path[0] != '/' && path[0] != '@')) return;
  peer.sun_family = AF_UNIX;
  std::memcpy(peer.sun_path, path.data(), path.size());
  if (path[0] == '@') peer.sun_path[0] = '\0';  // a name in the abstract space
  // It must not wait for a manager that is busy: the next second brings the next one.
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&peer), length) == 0) return;
  ::close(socket_);
  socket_ = -1;
}

service_manager::~service_manager() {
  if (socket_ >= 0) ::close(socket_);
}

void service_manager::send(std::string_view state) {
  if (socket_ >= 0) (void)!::send(socket_, state.data(), state.size(), MSG_NOSIGNAL);
}

}  // namespace tidegate::cli
