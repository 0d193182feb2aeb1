// A TCP connection that is waited for with a deadline and can be stopped. One thread, but for the flag.
#pragma once

#include <netdb.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace tidegate::tls {

// How long one wait may go on, and whether somebody wants it to end.
class patience {
 public:
  patience(std::chrono::milliseconds limit, const std::atomic<bool>& stop)
      : end_{std::chrono::steady_clock::now() + limit}, stop_{stop} {}
  enum class outcome { ready, timed_out, stopped };
  // Until poll(2) finds one of `events` (POLLIN, POLLOUT).
  outcome wait_for(int socket, short events) const;

 private:
  std::chrono::steady_clock::time_point end_;
  const std::atomic<bool>& stop_;
};

// Whether this errno says of an address that this machine has none of its family. What another address of the
// name said tells an operator more.
bool is_no_such_family(int failed);

// Owns a socket.
class tcp_socket {
 public:
  tcp_socket() = default;
  tcp_socket(const tcp_socket&) = delete;
  tcp_socket& operator=(const tcp_socket&) = delete;
  ~tcp_socket();

  // 0 when it is connected to one of the name's addresses; otherwise an errno, ETIMEDOUT or ECANCELED for
  // the limit and the flag. A name that has no address gives EAI codes, which are negative.
  int connect(const std::string& host, std::uint16_t port, const patience& limit);
  int get() const { return socket_; }

 private:
  int try_address(const addrinfo& address, const patience& limit);
  int socket_ = -1;
};

}  // namespace tidegate::tls
