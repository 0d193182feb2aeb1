#include "http/exchange.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "http/connection.hpp"
#include "tidegate/error.hpp"

namespace tidegate::http {

namespace asio = boost::asio;

// What belongs to the thread. Connections refer to it; they are gone before it is.
class exchange::pool final : public connection_owner {
 public:
  pool(const sink_host& host, const settings& with, const std::function<void()>& wake)
      : host_{host},
        settings_{with},
        wake_{wake},
        context_{std::make_shared<asio::io_context>(1)},
        work_{context_->get_executor()},
        open_{host.gauge("connections", "Connections to the server that can be used.")},
        opened_{host.counter("connections_total", "Connections that the server has taken.")} {}

  // ---- from the strand ---------------------------------------------------------------------------

  void start() {
    try {
      thread_ = std::thread{[this] { context_->run(); }};
    } catch (const std::system_error& thrown) {
      throw temporary(std::string{"cannot start a thread: "} + thrown.what());
    }
  }
  void stop() {
    post([this] { drop_all(); });
    thread_.join();
    open_.set(0);
  }
  template <class Action>
  void post(Action action) {
    asio::post(*context_, std::move(action));
  }
  void take(std::vector<reply>& into) {
    into.clear();
    const std::lock_guard lock{mutex_};
    into.swap(replies_);
    is_woken_ = false;
  }
  bool has_replies() const {
    const std::lock_guard lock{mutex_};
    return !replies_.empty();
  }

  // ---- on the thread -----------------------------------------------------------------------------

  void use(tls::context context) {
    // Sessions hold what they were made with. What retires may be gone at once.
    const auto before = connections_;
    tls_context_ = std::move(context);
    for (const auto& each : before) each->retire();
  }
  void send(std::uint32_t slot, std::string bytes) {
    if (is_held_) return put({{slot, reply::kind::withdrawn, {}, {}}});
    waiting_.push_back({slot, std::move(bytes)});
    hand_out();
  }
  void resume() { is_held_ = false; }

  void is_idle(connection& which) override {
    if (opening_ == &which) {
      opening_ = nullptr;
      open_.set(++open_count_);
      opened_.add();
      host_.debug("connected to " + settings_.server.at());
    }
    hand_out();
  }
  void has_answer(connection&, std::uint32_t slot, answer given) override {
    reply made{slot, reply::kind::answered, std::move(given), {}};
    if (!is_good(made.answer)) return hold(std::move(made));
    put({std::move(made)}, waiting_.size() * 2 > settings_.server.ahead_max);
  }
  void has_lost(connection&, std::uint32_t slot, bool was_written, std::string why) override {
    hold({slot, was_written ? reply::kind::cut_off : reply::kind::not_sent, {}, std::move(why)});
  }
  void is_closed(connection& which, std::string why) override {
    const bool was_opening = opening_ == &which;
    if (was_opening) opening_ = nullptr;
    if (!was_opening) open_.set(--open_count_);
    std::erase_if(connections_, [&](const auto& each) { return each.get() == &which; });
    if (was_opening && !why.empty()) open_after_ = clock::now() + after_failed_open;
    // What waits may go on another connection; without one, it fails for the same reason.
    if (was_opening && !why.empty() && connections_.empty() && !waiting_.empty()) {
      const auto first = waiting_.front().slot;
      waiting_.pop_front();
      hold({first, reply::kind::not_sent, {}, std::move(why)});
    }
    hand_out();
  }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds after_failed_open{1};
  struct request {
    std::uint32_t slot = 0;
    std::string bytes;
  };

  // One connection is opened at a time: if it fails, so would the others.
  void hand_out() {
    while (!waiting_.empty()) {
      const auto free = std::find_if(connections_.begin(), connections_.end(),
                                     [](const auto& each) { return each->is_idle(); });
      if (free == connections_.end()) break;
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      (*free)->send(next.slot, std::move(next.bytes));
    }
    const bool is_full = connections_.size() >= settings_.server.connections_max;
    if (waiting_.empty() || is_full || opening_ != nullptr || is_stopping_) return;
    // The first one is made whenever the host wants to try again.
    if (!connections_.empty() && clock::now() < open_after_) return;
    const auto made = make_connection(context_, settings_, host_, tls_context_.get(), *this);
    opening_ = made.get();
    connections_.push_back(made);
    made->open();
  }

  // Nothing that came behind it may overtake what the strand has yet to decide on.
  void hold(reply trouble) {
    is_held_ = true;
    std::vector<reply> all;
    all.push_back(std::move(trouble));
    for (const auto& each : std::exchange(waiting_, {}))
      all.push_back({each.slot, reply::kind::withdrawn, {}, {}});
    put(std::move(all));
  }
  // Together, so that the strand sees all of it at once; and it is not woken for each good answer while there
  // is enough to do.
  void put(std::vector<reply> made, bool may_wait = false) {
    {
      const std::lock_guard lock{mutex_};
      std::move(made.begin(), made.end(), std::back_inserter(replies_));
      if (may_wait || is_woken_) return;
      is_woken_ = true;
    }
    wake_();
  }

  void drop_all() {
    is_stopping_ = true;
    for (const auto& each : std::exchange(waiting_, {}))
      put({{each.slot, reply::kind::withdrawn, {}, {}}}, true);
    for (const auto& each : std::exchange(connections_, {})) each->drop();
    opening_ = nullptr;
    work_.reset();  // the thread ends when all that was waited for has ended
  }

  const sink_host host_;
  const settings& settings_;
  const std::function<void()>& wake_;
  std::shared_ptr<asio::io_context> context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;

  tls::context tls_context_;
  std::vector<std::shared_ptr<connection>> connections_;
  connection* opening_ = nullptr;
  int open_count_ = 0;
  clock::time_point open_after_{};
  std::deque<request> waiting_;
  bool is_held_ = false;
  bool is_stopping_ = false;

  mutable std::mutex mutex_;
  std::vector<reply> replies_;
  bool is_woken_ = false;

  const metric open_;
  const metric opened_;
};

exchange::exchange(const sink_host& host, const settings& with, std::function<void()> wake)
    : host_{host}, settings_{with}, wake_{std::move(wake)} {}

exchange::~exchange() { stop(); }

void exchange::start() {
  stop();
  auto made = std::make_unique<pool>(host_, settings_, wake_);
  made->start();
  last_.clear();
  pool_ = std::move(made);
}

void exchange::stop() {
  if (!pool_) return;
  pool_->stop();
  pool_->take(last_);
  pool_.reset();
}

void exchange::use(tls::context context) {
  if (!pool_) return;
  pool_->post([pool = pool_.get(), held = std::shared_ptr<SSL_CTX>{context.release(), &SSL_CTX_free}] {
    SSL_CTX_up_ref(held.get());
    pool->use(tls::context{held.get()});
  });
}

void exchange::send(std::uint32_t slot, std::string bytes) {
  if (!pool_) return;
  pool_->post(
      [pool = pool_.get(), slot, bytes = std::move(bytes)]() mutable { pool->send(slot, std::move(bytes)); });
}

void exchange::resume() {
  if (pool_) pool_->post([pool = pool_.get()] { pool->resume(); });
}

void exchange::take(std::vector<reply>& into) {
  if (pool_) return pool_->take(into);
  into = std::exchange(last_, {});
}

bool exchange::has_replies() const { return pool_ && pool_->has_replies(); }

}  // namespace tidegate::http
