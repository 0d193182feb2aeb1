#include "http/connection.hpp"

#include <poll.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <cerrno>
#include <optional>
#include <utility>

#include "http/dialer.hpp"
#include "tls/client.hpp"

namespace tidegate::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using plain_stream = tcp::socket;
using tls_stream = asio::ssl::stream<tcp::socket>;

constexpr std::uint32_t header_bytes_max = 16 * 1024;
// Of a body that is kept for messages.
constexpr std::size_t body_kept_max = 4096;
// Of answers that only say that another one will come.
constexpr int interim_answers_max = 8;

std::string seconds(std::chrono::milliseconds of) { return std::to_string((of.count() + 999) / 1000) + " s"; }

bool is_end(const error_code& failed) {
  return failed == asio::error::eof || failed == asio::ssl::error::stream_truncated ||
         failed == wire::error::end_of_stream || failed == wire::error::partial_message;
}

bool is_tls(const error_code& failed) { return failed.category() == asio::error::get_ssl_category(); }

std::string value_of(const auto& headers, std::string_view name) {
  const auto found = headers.find(beast::string_view{name.data(), name.size()});
  if (found == headers.end()) return {};
  const auto value = found->value();
  return std::string{value.data(), value.size()};
}

class http_connection final : public connection, public std::enable_shared_from_this<http_connection> {
 public:
  http_connection(std::shared_ptr<asio::io_context> on, const settings& with, const sink_host& host,
                  SSL_CTX* context, connection_owner& owner)
      : context_{std::move(on)},
        server_{with.server},
        host_{host},
        tls_context_{context},
        owner_{owner},
        timer_{*context_, asio::steady_timer::time_point::max()},
        buffer_{header_bytes_max + body_kept_max} {}

  // ---- opening -----------------------------------------------------------------------------------

  void open() override {
    set_deadline(server_.connect_timeout);
    const auto* proxy = server_.proxy ? &*server_.proxy : nullptr;
    dialer_ = std::make_shared<dialer>(context_, [self = shared_from_this()](int failed, tcp::socket socket) {
      self->dialled(failed, std::move(socket));
    });
    dialer_->dial(proxy ? proxy->host : server_.host, proxy ? proxy->port : server_.port);
  }
  // A new one is given its request in any case: a server that ends them all must be trouble.
  bool is_idle() const override { return state_ == state::idle && !(was_used_ && is_ended()); }

  void send(std::uint32_t slot, std::string bytes) override {
    slot_ = slot;
    request_ = std::move(bytes);
    state_ = state::busy;
    was_written_ = false;
    was_deferred_ = false;
    interim_answers_ = 0;
    set_deadline(server_.timeout);
    with_stream([&](auto& stream) {
      asio::async_write(
          stream, asio::buffer(request_),
          [self = shared_from_this()](const error_code& failed, std::size_t) { self->written(failed); });
    });
  }

  void retire() override {
    if (state_ == state::busy || state_ == state::finishing)
      retires_ = true;
    else
      close({});
  }
  void drop() override {
    state_ = state::closed;
    let_go();
  }

 private:
  enum class state { dialling, tunnelling, shaking_hands, idle, busy, finishing, closed };
  using body_parser = wire::response_parser<wire::buffer_body>;
  using head_parser = wire::response_parser<wire::empty_body>;

  void dialled(int failed, tcp::socket socket) {
    if (state_ == state::closed) return;
    if (failed != 0) return close(tls::tcp_failure(first_target(), failed).text);
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    descriptor_ = socket.native_handle();
    if (tls_context_ == nullptr) {
      plain_.emplace(std::move(socket));
    } else {
      auto* session = SSL_new(tls_context_);
      if (session == nullptr) return close("there is not enough memory for a session of TLS");
      tls::aim(*session, server_.host);
      tls_.emplace(std::move(socket), session);
    }
    server_.proxy ? tunnel() : shake_hands();
  }

  void tunnel() {
    state_ = state::tunnelling;
    const auto& proxy = *server_.proxy;
    request_ = "CONNECT " + server_.at() + " HTTP/1.1\r\nHost: " + server_.at() + "\r\n";
    if (!proxy.authorization.empty()) request_ += "Proxy-Authorization: " + proxy.authorization + "\r\n";
    request_ += "\r\n";
    asio::async_write(socket(), asio::buffer(request_),
                      [self = shared_from_this()](const error_code& failed, std::size_t) {
                        if (failed) self->tunnel_failed(failed);
                      });
    tunnel_parser_.emplace();
    tunnel_parser_->skip(true);
    tunnel_parser_->header_limit(header_bytes_max);
    wire::async_read_header(
        socket(), buffer_, *tunnel_parser_,
        [self = shared_from_this()](const error_code& failed, std::size_t) { self->tunnelled(failed); });
  }
  void tunnelled(const error_code& failed) {
    if (state_ != state::tunnelling) return;
    if (failed) return tunnel_failed(failed);
    const auto status = tunnel_parser_->get().result_int();
    if (status >= 200 && status < 300 && buffer_.size() == 0) return shake_hands();
    close("the proxy " + server_.proxy->at() + " does not connect to " + server_.at() + ": " +
          status_text(status) + (status == 407 ? "; give proxy.username and proxy.password" : ""));
  }
  void tunnel_failed(const error_code& failed) {
    if (state_ != state::tunnelling) return;
    close("the proxy " + server_.proxy->at() + " does not connect to " + server_.at() + ": " +
          (is_end(failed) ? "it closes the connection" : failed.message()));
  }

  void shake_hands() {
    if (!tls_) return begin();
    state_ = state::shaking_hands;
    tls_->async_handshake(asio::ssl::stream_base::client,
                          [self = shared_from_this()](const error_code& failed) { self->shaken(failed); });
  }
  void shaken(const error_code& failed) {
    if (state_ != state::shaking_hands) return;
    if (!failed) return begin();
    if (is_tls(failed) || is_end(failed)) return close(tls_text(failed));
    close(server_.at() + " breaks the TLS handshake off: " + failed.message());
  }

  void begin() {
    state_ = state::idle;
    listen();
    rest();
  }

  // ---- asking and being answered -----------------------------------------------------------------

  // Whether the server has ended it, which nobody may have read yet.
  bool is_ended() const {
    pollfd looked_at{descriptor_, POLLRDHUP, 0};
    return ::poll(&looked_at, 1, 0) > 0;
  }
  // What is refused is refused, whatever becomes of the explanation.
  bool is_refused() const { return parser_->is_header_done() && parser_->get().result_int() >= 300; }

  // Nothing is under way any more.
  void rest() {
    state_ = state::idle;
    request_.clear();
    set_deadline(server_.idle_timeout);
    owner_.is_idle(*this);
  }

  void listen() {
    parser_.emplace();
    parser_->header_limit(header_bytes_max);
    parser_->body_limit(boost::none);
    body_.clear();
    body_bytes_ = 0;
    with_stream([&](auto& stream) {
      wire::async_read_header(
          stream, buffer_, *parser_,
          [self = shared_from_this()](const error_code& failed, std::size_t) { self->has_header(failed); });
    });
  }

  void written(const error_code& failed) {
    if (state_ == state::finishing) return conclude(!failed);
    if (state_ != state::busy) return;
    // Why it failed is told by the read, which is under way: the server may have said something before.
    was_written_ = !failed;
  }

  void has_header(const error_code& failed) {
    if (state_ == state::closed) return;
    if (state_ == state::idle) return close({});  // closed by the server, or it speaks unasked
    if (failed) return read_failed(failed);
    const auto status = parser_->get().result_int();
    if (status >= 100 && status < 200) {
      if (++interim_answers_ > interim_answers_max || status == 101)
        return lose(server_.at() + " does not answer in HTTP/1.1: " + status_text(status) + " came instead");
      return listen();
    }
    read_body();
  }

  void read_body() {
    if (parser_->is_done()) return answered(parser_->get().keep_alive());
    parser_->get().body() = {block_.data(), block_.size(), true};
    with_stream([&](auto& stream) {
      wire::async_read_some(
          stream, buffer_, *parser_,
          [self = shared_from_this()](const error_code& failed, std::size_t) { self->has_body(failed); });
    });
  }

  void has_body(const error_code& failed) {
    if (state_ != state::busy) return;
    const auto count = block_.size() - parser_->get().body().size;
    body_.append(block_.data(), std::min(count, body_kept_max - body_.size()));
    body_bytes_ += count;
    if (failed && failed != wire::error::need_buffer) {
      const bool ends_with_connection = is_end(failed) && parser_->need_eof();
      if (is_refused() || ends_with_connection) return answered(false);
      return read_failed(failed);
    }
    if (body_bytes_ > server_.response_bytes_max) {
      tell_long_body();
      return answered(false);
    }
    read_body();
  }

  void answered(bool is_kept) {
    const auto& head = parser_->get();
    answer_ = {head.result_int(),
               body_,
               value_of(head, "Retry-After"),
               value_of(head, "Location"),
               value_of(head, "x-amzn-ErrorType"),
               value_of(head, "x-amzn-RequestId")};
    const bool is_usable = is_kept && buffer_.size() == 0;
    // A server may take a request when it has seen the header; the body is still to be sent, which costs less
    // than a new connection.
    if (is_usable && !was_written_ && is_good(answer_)) {
      state_ = state::finishing;
      return;
    }
    conclude(is_usable && was_written_);
  }

  // The request under way has its answer, and the connection goes on if it can.
  void conclude(bool is_usable) {
    const auto self = shared_from_this();
    was_used_ = true;
    const bool goes_on = is_usable && !retires_;
    state_ = goes_on ? state::idle : state::closed;
    if (!goes_on) let_go();
    owner_.has_answer(*this, slot_, std::move(answer_));
    if (!goes_on) return owner_.is_closed(*this, {});
    if (state_ == state::closed) return;
    listen();
    rest();
  }

  void tell_long_body() const {
    if (parser_->get().result_int() >= 300) return;
    host_.debug(server_.at() +
                " sends an answer of more than response_max_size; its status counts, the rest is not read");
  }

  // ---- trouble -----------------------------------------------------------------------------------

  void read_failed(const error_code& failed) {
    // That the request was written may stand in the queue behind this.
    if (!was_written_ && !std::exchange(was_deferred_, true))
      return asio::post(*context_, [self = shared_from_this(), failed] {
        if (self->state_ == state::busy) self->read_failed(failed);
      });
    const bool has_begun = parser_->got_some();
    if (is_tls(failed)) {
      const auto found = tls::tls_failure(target(), *tls_->native_handle(), code_of(failed));
      // Under TLS 1.3 a certificate is refused when the request is on its way; it is not looked at then.
      if (found.why == tls::cause::client_certificate_missing ||
          found.why == tls::cause::client_certificate_refused)
        was_written_ = false;
      return lose(found.text);
    }
    if (failed == wire::error::header_limit || failed == wire::error::buffer_overflow)
      return lose(server_.at() + " answers with a header of more than 16 KiB");
    if (failed.category() == wire::make_error_code(wire::error::bad_version).category() && !is_end(failed))
      return lose(server_.at() + " does not answer in HTTP (" + failed.message() + "); is '" +
                  target().port_option + "' right?");
    const auto how = is_end(failed) ? std::string{"closed the connection"}
                                    : "broke the connection off (" + failed.message() + ")";
    lose(server_.at() + " " + how +
         (has_begun      ? " in the middle of its answer"
          : was_written_ ? " instead of an answer"
                         : " before it had the whole request"));
  }

  void timed_out() {
    const auto limit = seconds(server_.connect_timeout);
    switch (state_) {
      case state::dialling:
        if (!dialer_->is_resolving()) return close(tls::tcp_failure(first_target(), ETIMEDOUT).text);
        return close("the name server does not say within " + limit + " where '" + first_target().host +
                     "' is; check the network of this machine");
      case state::tunnelling:
        return close("the proxy " + server_.proxy->at() + " does not connect to " + server_.at() +
                     " within " + limit);
      case state::shaking_hands:
        return close(server_.at() + " takes the connection but does not answer the TLS handshake within " +
                     limit + "; does it speak TLS on this port?");
      case state::idle:
        return close({});
      case state::finishing:
        return conclude(false);
      case state::busy:
        if (is_refused()) return answered(false);
        return lose(server_.at() +
                    (was_written_ ? " has not answered within " : " has not taken a request within ") +
                    seconds(server_.timeout) + "; it is overloaded, or the connection is dead");
      default:
        return;
    }
  }

  // The request under way has failed, and the connection with it.
  void lose(std::string why) {
    const auto self = shared_from_this();
    state_ = state::closed;
    let_go();
    owner_.has_lost(*this, slot_, was_written_, std::move(why));
    owner_.is_closed(*this, {});
  }
  void close(std::string why) {
    const auto self = shared_from_this();
    if (std::exchange(state_, state::closed) == state::closed) return;
    let_go();
    owner_.is_closed(*this, std::move(why));
  }
  // Whatever is waited for ends, without effect.
  void let_go() {
    timer_.cancel();
    if (dialer_) dialer_->cancel();
    error_code ignored;
    if (plain_ || tls_) socket().close(ignored);
  }

  // ---- parts -------------------------------------------------------------------------------------

  tcp::socket& socket() { return tls_ ? tls_->next_layer() : *plain_; }
  template <class Action>
  void with_stream(Action action) {
    tls_ ? action(*tls_) : action(*plain_);
  }
  // A timer that goes off too early looks again, so that it is not set anew, twice, for each request.
  void set_deadline(std::chrono::milliseconds limit) {
    deadline_ = asio::steady_timer::clock_type::now() + limit;
    if (deadline_ < timer_.expiry()) wait_for_deadline();
  }
  void wait_for_deadline() {
    timer_.expires_at(deadline_);
    timer_.async_wait([self = shared_from_this()](const error_code& failed) {
      if (failed || self->state_ == state::closed) return;
      if (self->deadline_ <= asio::steady_timer::clock_type::now()) {
        self->timer_.expires_at(asio::steady_timer::time_point::max());
        self->timed_out();
      } else {
        self->wait_for_deadline();
      }
    });
  }

  static unsigned long code_of(const error_code& failed) { return static_cast<unsigned int>(failed.value()); }
  std::string tls_text(const error_code& failed) const {
    return tls::tls_failure(target(), *const_cast<tls_stream&>(*tls_).native_handle(),
                            is_tls(failed) ? code_of(failed) : 0)
        .text;
  }
  tls::target target() const {
    auto made = server_.target();
    made.now_utc = host_.now_utc();
    return made;
  }
  // What is dialled: the server, or the proxy before it.
  tls::target first_target() const {
    auto made = target();
    if (!server_.proxy) return made;
    made.host = server_.proxy->host;
    made.port = server_.proxy->port;
    made.server = "proxy";
    made.host_option = "proxy.endpoint";
    made.port_option = "proxy.port";
    return made;
  }

  std::shared_ptr<asio::io_context> context_;
  const server_settings& server_;
  const sink_host host_;
  SSL_CTX* tls_context_;
  connection_owner& owner_;

  state state_ = state::dialling;
  bool retires_ = false;
  asio::steady_timer timer_;
  asio::steady_timer::time_point deadline_;
  std::shared_ptr<dialer> dialer_;
  std::optional<plain_stream> plain_;
  std::optional<tls_stream> tls_;
  int descriptor_ = -1;
  beast::flat_buffer buffer_;
  std::optional<head_parser> tunnel_parser_;

  bool was_used_ = false;
  std::uint32_t slot_ = 0;
  std::string request_;
  bool was_written_ = false;
  bool was_deferred_ = false;
  int interim_answers_ = 0;
  answer answer_;
  std::optional<body_parser> parser_;
  std::array<char, 4096> block_;
  std::string body_;
  std::size_t body_bytes_ = 0;
};

}  // namespace

std::shared_ptr<connection> make_connection(std::shared_ptr<asio::io_context> on, const settings& with,
                                            const sink_host& host, SSL_CTX* context,
                                            connection_owner& owner) {
  return std::make_shared<http_connection>(std::move(on), with, host, context, owner);
}

}  // namespace tidegate::http
