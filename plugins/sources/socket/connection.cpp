#include "connection.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace tidegate::socket_source {

connection::connection(received_by& by, common::descriptor socket, const std::string& peer)
    : by_{by}, socket_{std::move(socket)}, stream_{by.open(peer)}, last_{receive_clock::now()} {}

connection::outcome connection::receive(receive_clock::time_point now) {
  const auto got = ::recv(socket_.get(), by_.buffer.data(), by_.buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return outcome::open;
  // An end is an end; a reset may have cut something off.
  if (got <= 0)
    return pause(got == 0 ? TIDEGATE_PAUSE_COMPLETE : TIDEGATE_PAUSE_BROKEN) ? outcome::ended
                                                                             : outcome::stopping;
  by_.bytes.add(static_cast<double>(got));
  is_silent_ = false;
  const bool goes_on = stream_.feed({by_.buffer.data(), static_cast<std::size_t>(got)}, by_.host.now_utc(),
                                    [&](void* block) { return by_.host.submit(block); });
  // Time in which it was not read, because a pipeline was full, is none in which it said nothing.
  last_ = std::max(now, receive_clock::now());
  return goes_on ? outcome::open : outcome::stopping;
}

connection::outcome connection::look(receive_clock::time_point now, std::chrono::nanoseconds idle_timeout) {
  if (stream_.silence().count() > 0 && !is_silent_ && now - last_ >= stream_.silence()) {
    is_silent_ = true;
    if (!pause(TIDEGATE_PAUSE_SILENCE)) return outcome::stopping;
  }
  if (idle_timeout.count() == 0 || now - last_ < idle_timeout) return outcome::open;
  return pause(TIDEGATE_PAUSE_BROKEN) ? outcome::ended : outcome::stopping;
}

receive_clock::time_point connection::due(std::chrono::nanoseconds idle_timeout) const {
  auto made = receive_clock::time_point::max();
  if (idle_timeout.count() > 0) made = last_ + idle_timeout;
  if (stream_.silence().count() > 0 && !is_silent_) made = std::min(made, last_ + stream_.silence());
  return made;
}

bool connection::pause(std::uint32_t why) {
  return stream_.pause(why, by_.host.now_utc(), [&](void* block) { return by_.host.submit(block); });
}

}  // namespace tidegate::socket_source
