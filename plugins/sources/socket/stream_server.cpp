#include "stream_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "peer.hpp"

namespace tidegate::socket_source {
namespace {

using namespace std::chrono_literals;

// A peer that waits to be accepted would wake the thread again and again, while there is nothing to accept it
// with.
constexpr auto accept_again_after = 1s;

bool is_lack(int problem) {
  return problem == EMFILE || problem == ENFILE || problem == ENOMEM || problem == ENOBUFS;
}

// A peer that was switched off says nothing any more, not even that. After a minute it is asked, and given up
// after half a minute more.
void keep_alive(int socket) {
  const int on = 1;
  const int idle = 60;
  const int between = 10;
  const int times = 3;
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof between);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
}

}  // namespace

stream_server::stream_server(received_by& by, const address& at, const limits& within)
    : by_{by},
      limits_{within},
      listening_{at},
      at_{at.to_string()},
      open_{by.host.gauge("connections", "Connections that are open.")},
      refused_{by.host.counter("connections_refused_total", "Connections over max_connections.")} {
  open_.set(0);
}

// Two places come first: what ends the waiting, and where peers arrive.
int stream_server::wait(int stop) {
  looked_at_.assign({{stop, POLLIN, 0}, {accept_again_ ? -1 : listening_.get(), POLLIN, 0}});
  auto due = accept_again_.value_or(receive_clock::time_point::max());
  for (const auto& each : connections_) {
    looked_at_.push_back({each.get(), POLLIN, 0});
    due = std::min(due, each.due(limits_.idle_timeout));
  }
  return ::poll(looked_at_.data(), looked_at_.size(), milliseconds_until(due, receive_clock::now()));
}

bool stream_server::serve(int stop) {
  if (wait(stop) < 0) {
    if (errno == EINTR) return true;
    throw temporary("cannot wait at " + at_ + ": " + std::strerror(errno));
  }
  if (looked_at_[0].revents != 0) return false;
  const auto now = receive_clock::now();
  std::size_t place = 2;
  for (auto each = connections_.begin(); each != connections_.end(); ++place)
    if (!serve(each, looked_at_[place].revents != 0, now)) return false;
  if (looked_at_[1].revents != 0 || (accept_again_ && now >= *accept_again_)) accept(now);
  open_.set(static_cast<double>(connections_.size()));
  return true;
}

// Moves on to the next.
bool stream_server::serve(std::list<connection>::iterator& each, bool is_ready,
                          receive_clock::time_point now) {
  const auto came = is_ready ? each->receive(now) : each->look(now, limits_.idle_timeout);
  if (came == connection::outcome::stopping) return false;
  each = came == connection::outcome::ended ? connections_.erase(each) : std::next(each);
  return true;
}

void stream_server::accept(receive_clock::time_point now) {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  common::descriptor socket{
      ::accept4(listening_.get(), reinterpret_cast<sockaddr*>(&from), &length, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!socket && is_lack(errno)) {
    const std::string why = std::strerror(errno);
    if (!accept_again_)
      by_.host.degraded("cannot accept a connection at " + at_ + ": " + why +
                        "; those that are open go on, and it is tried again every second");
    accept_again_ = now + accept_again_after;
    return;
  }
  if (accept_again_) by_.host.running();
  accept_again_.reset();
  // Otherwise it went away again.
  if (socket) admit(std::move(socket), peer_text(from));
}

void stream_server::admit(common::descriptor socket, const std::string& peer) {
  if (connections_.size() >= limits_.connections_max) {
    refused_.add();
    if (!std::exchange(is_refusing_, true))
      by_.host.warning(
          "there are " + std::to_string(limits_.connections_max) +
          " connections already (max_connections); further ones are closed at once, such as one from " +
          (peer.empty() ? "this machine" : peer));
    return;
  }
  is_refusing_ = false;
  if (!peer.empty()) keep_alive(socket.get());
  connections_.emplace_back(by_, std::move(socket), peer);
}

}  // namespace tidegate::socket_source
