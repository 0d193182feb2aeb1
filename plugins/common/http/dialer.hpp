// Connects to a host by name, over IPv6 or IPv4, whichever answers first (RFC 8305).
//
// The name is looked up anew each time, on a thread that is left behind when nobody waits for it any more:
// the system's resolver cannot be interrupted. Addresses are tried in turn, of one family and the other, the
// next one when the last has failed or has not answered within a quarter of a second; the first connection
// wins.
//
// Lives on the thread of its io_context. The handler is called once, unless cancel() comes first.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::http {

class dialer : public std::enable_shared_from_this<dialer> {
 public:
  using tcp = boost::asio::ip::tcp;
  // `failed` is 0, an errno, or negative: EAI_... of getaddrinfo.
  using handler = std::function<void(int failed, tcp::socket)>;

  dialer(std::shared_ptr<boost::asio::io_context> on, handler then)
      : context_{std::move(on)}, pause_{*context_}, then_{std::move(then)} {}

  void dial(const std::string& host, std::uint16_t port);
  void cancel();
  bool is_resolving() const { return is_resolving_; }

 private:
  void resolved(int failed, std::vector<tcp::endpoint> addresses);
  void try_next();
  void tried(const std::shared_ptr<tcp::socket>& socket, int failed);
  void finish(int failed, tcp::socket socket);

  std::shared_ptr<boost::asio::io_context> context_;
  boost::asio::steady_timer pause_;
  handler then_;
  bool is_resolving_ = false;
  std::vector<tcp::endpoint> addresses_;
  std::size_t next_ = 0;
  std::vector<std::shared_ptr<tcp::socket>> under_way_;
  int failed_ = 0;  // what the last address said that could be tried
};

// Of one family and the other in turn, beginning with the first.
std::vector<boost::asio::ip::tcp::endpoint> in_turn(const std::vector<boost::asio::ip::tcp::endpoint>& all);

}  // namespace tidegate::http
