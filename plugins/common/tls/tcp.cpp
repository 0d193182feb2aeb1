#include "tls/tcp.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace tidegate::tls {
namespace {

// How often the flag is looked at.
constexpr std::chrono::milliseconds look_every{100};

}  // namespace

patience::outcome patience::wait_for(int socket, short events) const {
  for (;;) {
    if (stop_) return outcome::stopped;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) return outcome::timed_out;
    pollfd wanted{socket, events, 0};
    const int found = ::poll(&wanted, 1, static_cast<int>(std::min(left, look_every).count()));
    if (found > 0) return outcome::ready;
  }
}

bool is_no_such_family(int failed) {
  return failed == ENETUNREACH || failed == EADDRNOTAVAIL || failed == EAFNOSUPPORT;
}

tcp_socket::~tcp_socket() {
  if (socket_ >= 0) ::close(socket_);
}

int tcp_socket::connect(const std::string& host, std::uint16_t port, const patience& limit) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int said = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (said != 0) return said;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{found, &::freeaddrinfo};
  int failed = EHOSTUNREACH;
  for (const auto* each = all.get(); each != nullptr; each = each->ai_next) {
    const int last = try_address(*each, limit);
    if (last == 0 || last == ETIMEDOUT || last == ECANCELED) return last;
    if (each == all.get() || !is_no_such_family(last)) failed = last;
  }
  return failed;
}

int tcp_socket::try_address(const addrinfo& address, const patience& limit) {
  if (socket_ >= 0) ::close(socket_);
  socket_ = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return errno;
  if (::connect(socket_, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  const auto waited = limit.wait_for(socket_, POLLOUT);
  if (waited == patience::outcome::timed_out) return ETIMEDOUT;
  if (waited == patience::outcome::stopped) return ECANCELED;
  int failed = 0;
  socklen_t length = sizeof failed;
  return ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &failed, &length) == 0 ? failed : errno;
}

}  // namespace tidegate::tls
