#include "http/dialer.hpp"

#include <netdb.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "tls/failure.hpp"
#include "tls/tcp.hpp"

namespace tidegate::http {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds head_start{250};

int look_up(const std::string& host, std::uint16_t port, std::vector<tcp::endpoint>& into) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int said = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (said != 0) return said;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{found, &::freeaddrinfo};
  for (const auto* each = all.get(); each != nullptr; each = each->ai_next) {
    tcp::endpoint made;
    if (each->ai_addrlen > made.capacity()) continue;
    std::copy_n(reinterpret_cast<const char*>(each->ai_addr), each->ai_addrlen,
                reinterpret_cast<char*>(made.data()));
    made.resize(each->ai_addrlen);
    into.push_back(made);
  }
  return into.empty() ? EAI_NONAME : 0;
}

}  // namespace

std::vector<tcp::endpoint> in_turn(const std::vector<tcp::endpoint>& all) {
  if (all.empty()) return all;
  auto made = all;
  const auto first = all.front().protocol();
  std::vector<tcp::endpoint> same;
  std::vector<tcp::endpoint> other;
  for (const auto& each : all) (each.protocol() == first ? same : other).push_back(each);
  made.clear();
  for (std::size_t index = 0; index < std::max(same.size(), other.size()); ++index) {
    if (index < same.size()) made.push_back(same[index]);
    if (index < other.size()) made.push_back(other[index]);
  }
  return made;
}

void dialer::dial(const std::string& host, std::uint16_t port) {
  is_resolving_ = true;
  try {
    // Whoever comes late finds nobody; what it posts to a context that has stopped ends with that.
    std::thread{[host, port, context = context_, weak = weak_from_this()] {
      std::vector<tcp::endpoint> addresses;
      const int failed = look_up(host, port, addresses);
      asio::post(*context, [failed, addresses = std::move(addresses), weak] {
        if (const auto self = weak.lock()) self->resolved(failed, addresses);
      });
    }}.detach();
  } catch (const std::system_error&) {
    asio::post(*context_, [self = shared_from_this()] { self->resolved(EAI_MEMORY, {}); });
  }
}

void dialer::cancel() {
  then_ = nullptr;
  pause_.cancel();
  boost::system::error_code ignored;
  for (const auto& each : under_way_) each->close(ignored);
  under_way_.clear();
}

void dialer::resolved(int failed, std::vector<tcp::endpoint> addresses) {
  is_resolving_ = false;
  if (!then_) return;
  if (failed != 0) return finish(failed, tcp::socket{*context_});
  addresses_ = in_turn(addresses);
  try_next();
}

void dialer::try_next() {
  if (!then_ || next_ == addresses_.size()) return;
  const auto socket = std::make_shared<tcp::socket>(*context_);
  under_way_.push_back(socket);
  socket->async_connect(addresses_[next_++],
                        [self = shared_from_this(), socket](const boost::system::error_code& failed) {
                          self->tried(socket, failed.value());
                        });
  if (next_ == addresses_.size()) return;
  pause_.expires_after(head_start);
  pause_.async_wait([self = shared_from_this()](const boost::system::error_code& failed) {
    if (!failed) self->try_next();
  });
}

void dialer::tried(const std::shared_ptr<tcp::socket>& socket, int failed) {
  if (!then_) return;
  std::erase(under_way_, socket);
  if (failed == 0) return finish(0, std::move(*socket));
  if (failed_ == 0 || !tls::is_no_such_family(failed)) failed_ = failed;
  if (next_ < addresses_.size()) {
    pause_.cancel();
    return try_next();
  }
  if (under_way_.empty()) finish(failed_, tcp::socket{*context_});
}

void dialer::finish(int failed, tcp::socket socket) {
  const auto then = std::move(then_);
  cancel();
  then(failed, std::move(socket));
}

}  // namespace tidegate::http
