// What was handed over for delivery and is not answered yet: cut into messages, sent within the limits, and
// answered when the last message of a delivery has come back.
//
//   delivery -> topics -> messages, made when there is room to send them -> under way -> acknowledged
//                                                                                    -> refused: rejected
//                                                                                    -> connection lost:
//                                                                                    again
//
// Of a delivery that has to be offered again, what the broker has acknowledged already is remembered and not
// sent twice, and neither is what it has refused: it may end the connection each time. Called on the sink's
// strand only.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "messages/acknowledged_messages.hpp"
#include "messages/message_plan.hpp"
#include "messages/token_bucket.hpp"
#include "messages/topic_template.hpp"
#include "mqtt/broker_limits.hpp"
#include "mqtt/settings.hpp"
#include "mqtt/suspicion.hpp"
#include "tidegate/host.hpp"

namespace tidegate::mqtt {

// One message on its way. Views are valid during the call.
struct outgoing {
  std::uint32_t slot;
  const std::string& topic;
  std::string_view payload;
  const message_digest& digest;
};

// What sends: the connection, or a test.
class sender {
 public:
  virtual ~sender() = default;
  // False: it was not taken, and will not be acknowledged.
  virtual bool send(const outgoing& message) = 0;
};

class outbox {
 public:
  // All outlive it. Throws tidegate::error of class configuration.
  outbox(const sink_host& host, const settings& with, const options& encoding);
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  void take(delivery given);
  // A connection is there, with a broker that has these limits.
  void begin(const broker_limits& limits);
  // Sends what may be sent. When more may be, INT64_MAX if that hangs on acknowledgements alone.
  std::int64_t pump(sender& to, std::int64_t now);

  void acknowledged(std::uint32_t slot, std::int64_t now);
  // Whether the connection goes on.
  bool refused(std::uint32_t slot, int reason, std::string_view text, std::int64_t now);
  // The connection is gone: everything is answered. What was under way may have arrived. Unexplained: a
  // message may have been the cause.
  enum class close_kind { explained, unexplained };
  void lost(std::string_view reason, close_kind how, std::chrono::nanoseconds retry_after);

  bool empty() const { return consignments_.empty(); }
  std::uint32_t in_flight() const { return in_flight_; }
  // Acknowledged, or refused in so many words, since begin().
  std::uint64_t answered_count() const { return answered_count_; }
  // Since when the broker owes an acknowledgement; INT64_MAX if nothing is under way. One that comes in its
  // turn is progress, however long a slow link takes for what lies behind; one that comes before its turn
  // shows that another one is missing.
  std::int64_t waits_since() const;
  std::string_view content_type() const { return maker_.content_type(); }

 private:
  // Messages that are to be sent once more.
  struct portion {
    std::size_t group = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    int tries = 0;
  };
  // A delivery, and how far it is.
  struct consignment {
    delivery given;
    message_plan plan;
    std::size_t group = 0;
    std::uint32_t next = 0;  // in the group
    std::deque<portion> again;
    std::uint32_t under_way = 0;
    std::vector<message_digest> acknowledged;
    std::vector<message_digest> condemned;
    std::vector<std::pair<message_digest, std::string>> refused;  // and why
    std::vector<std::uint32_t> rejected;
    std::string reason;
    bool is_again = false;  // it was returned before

    bool has_more() const { return !again.empty() || group < plan.groups.size(); }
  };
  // A message that is under way.
  struct slot {
    consignment* of = nullptr;  // null: free
    portion what;
    message_digest digest;
    std::int64_t sent_at = 0;
    std::size_t bytes = 0;
  };

  std::uint32_t room() const;
  bool send_next(consignment& from, sender& to, std::int64_t now);
  portion next_portion(consignment& from) const;
  void advance(consignment& from, const portion& by) const;
  std::size_t payload_bytes_max(const std::string& topic) const;
  bool settle_without_sending(consignment& of, const portion& what, const message_digest& digest);
  void reject(consignment& of, const portion& what, std::string_view reason);
  std::uint32_t occupy(consignment& of, const portion& what, const message_digest& digest, std::int64_t now);
  slot* release(std::uint32_t number);
  void pause(std::int64_t now);
  void judge(std::string_view reason);
  void answer_if_complete(consignment& of);
  void forget_what_is_over(const consignment& answered);
  void answer(consignment& of);

  const sink_host host_;
  const settings& settings_;
  message_maker maker_;
  topic_template topics_;
  const std::size_t overhead_;  // of a packet, beside topic and payload

  std::list<consignment> consignments_;  // in the order in which they came
  std::vector<slot> slots_;
  std::uint32_t in_flight_ = 0;
  std::size_t bytes_under_way_ = 0;
  std::uint32_t window_ = 1;
  std::uint32_t packet_bytes_max_ = UINT32_MAX;

  token_bucket messages_;
  token_bucket bytes_;
  std::int64_t paused_until_ = 0;
  std::int64_t pause_ = 0;

  acknowledged_messages acknowledged_before_;
  suspicion suspicion_;
  std::unordered_map<message_digest, std::string, digest_hash> condemned_;  // and why
  std::uint64_t answered_count_ = 0;
  std::int64_t answered_at_ = INT64_MIN;
  std::int64_t answered_sent_at_ = INT64_MIN;  // of the last of them that was sent
  bool has_told_ = false;                      // that no message can be made

  const metric sent_;
  const metric sent_bytes_;
  const metric acknowledged_total_;
  const metric acknowledge_seconds_;
  const metric refused_;
  const metric in_flight_gauge_;
};

}  // namespace tidegate::mqtt
