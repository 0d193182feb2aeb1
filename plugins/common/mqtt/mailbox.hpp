// Where a sink's strand is told what happened on other threads.
//
// The MQTT library calls back on threads of its own, at times that are hard to bound, also after a client was
// destroyed. So a callback knows a connection only by a number: it posts what happened under it, and what is
// posted under a number that is not open any more is dropped. All state of the sink thereby belongs
// to its strand, and nothing of it can be reached by a late callback.
//
// post: any thread. All else: the sink's strand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "mqtt/broker_limits.hpp"
#include "tls/probe.hpp"

namespace tidegate::mqtt {

struct event {
  enum class kind {
    resolved,        // finding
    probed,          // finding
    connected,       // limits
    connect_failed,  // reason: of the CONNACK, or 0 if there was none; text
    acknowledged,    // slot
    refused,         // slot, reason, text; without a reason, the library gave it up
    disconnected,    // reason: the broker said it
    lost,
  };
  kind what = kind::lost;
  std::uint32_t slot = 0;
  int reason = 0;
  std::string text;
  broker_limits limits;
  tls::finding finding;
};

class mailbox {
 public:
  // `wake` is called from any thread when the box becomes due.
  explicit mailbox(std::function<void()> wake) : wake_{std::move(wake)} {}
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox() { close(); }

  // The number of a new connection, below 2^24. What is posted under the one before is dropped from here on.
  std::uint32_t open();
  void close();
  // With how many acknowledgements the box is due; anything else is so at once. To be woken for each of them
  // costs more than to handle them.
  void set_patience(std::size_t acknowledgements);
  bool is_due() const;
  // Replaces `into` by all that has come.
  void take(std::vector<event>& into);

  static void post(std::uint32_t connection, event what);

 private:
  void put(event what);
  bool is_due_now() const { return is_urgent_ || events_.size() >= patience_; }

  std::function<void()> wake_;
  std::uint32_t number_ = 0;
  mutable std::mutex mutex_;  // all below
  std::vector<event> events_;
  std::size_t patience_ = 1;
  bool is_urgent_ = false;  // there is something else than acknowledgements
};

}  // namespace tidegate::mqtt
