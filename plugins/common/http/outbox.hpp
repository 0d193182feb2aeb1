// What was handed over for delivery and is not answered yet: cut into requests, sent as there is room, and
// answered when the last request of a delivery has come back.
//
//   delivery -> paths -> requests, made when there is room -> under way -> delivered
//                                                                       -> refused: rejected, or halved
//                                                                       -> again, paused: all is given back
//                                                                       -> cut off: the same, as ambiguous
//
// After trouble nothing more of what is here is sent: each delivery is given back once nothing of it is under
// way, and the host keeps it until the sink has rested. What the server has taken already of a delivery that
// comes back is remembered and not sent twice. Called on the sink's strand only.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "http/answer.hpp"
#include "http/request_maker.hpp"
#include "http/settings.hpp"
#include "messages/acknowledged_messages.hpp"
#include "messages/message_plan.hpp"
#include "messages/text_template.hpp"
#include "messages/token_bucket.hpp"
#include "tidegate/host.hpp"

namespace tidegate::http {

// What sends: the exchange, or a test.
class sender {
 public:
  virtual ~sender() = default;
  // What becomes of it is told under the slot's number.
  virtual void send(std::uint32_t slot, std::string bytes) = 0;
};

class outbox {
 public:
  // All outlive it. Throws tidegate::error of class configuration.
  outbox(const sink_host& host, const settings& with, const options& encoding);
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  void take(delivery given);
  // Sends what may be sent. When more may be, INT64_MAX if that hangs on answers alone.
  std::int64_t pump(sender& to, std::int64_t now);

  void answered(std::uint32_t slot, const answer& given, std::int64_t now);
  // It has not arrived: there was no connection, or not the whole request was written.
  void not_sent(std::uint32_t slot, std::string_view reason);
  // It was behind something that has failed, and was not begun.
  void withdrawn(std::uint32_t slot);
  // Nobody knows whether it has arrived.
  void cut_off(std::uint32_t slot, std::string_view reason);
  // Everything is given back, at once.
  void abandon(std::string_view reason);
  // Everything is given back as it comes in. Does nothing if there is nothing.
  void give_up(std::string_view reason, std::chrono::nanoseconds retry_after = {});

  bool empty() const { return consignments_.empty(); }
  bool wants_to_send() const;
  std::uint32_t in_flight() const { return in_flight_; }

 private:
  // Samples of one path that are to be sent in one request, or were.
  struct portion {
    std::size_t group = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  // A delivery, and how far it is.
  struct consignment {
    delivery given;
    message_plan plan;
    std::size_t group = 0;
    std::uint32_t next = 0;  // in the group
    std::deque<portion> again;
    std::uint32_t under_way = 0;
    std::vector<message_digest> taken;  // by the server
    std::vector<std::uint32_t> rejected;
    std::string reason;  // of the first that is rejected

    bool is_given_up = false;
    bool is_again = false;     // it was returned before
    std::uint64_t number = 0;  // in the order in which they came
    bool is_ambiguous = false;
    std::string trouble;
    std::chrono::nanoseconds retry_after{0};

    bool has_more() const { return !again.empty() || group < plan.groups.size(); }
  };
  // A request that is under way.
  struct slot {
    consignment* of = nullptr;  // null: free
    portion what;
    bool has_digest = false;
    message_digest digest;
    std::int64_t sent_at = 0;
    std::size_t bytes = 0;  // of the body
  };

  bool has_room() const;
  bool send_next(consignment& from, sender& to, std::int64_t now);
  portion next_portion(const consignment& from) const;
  void advance(consignment& from, const portion& by) const;
  bool has_id() const;
  bool needs_digest(const consignment& of, const portion& what) const;
  std::uint32_t occupy(consignment& of, const portion& what, std::int64_t now);
  slot release(std::uint32_t number);
  void reject(consignment& of, const portion& what, std::string_view reason);
  void refuse(consignment& of, const portion& what, const judgement& why);
  void put_back(consignment& of, const portion& what) const;
  void pause(const std::string& why);
  std::chrono::nanoseconds long_wait();
  asker asker_of(const slot& which) const;
  judgement judge_without_secrets(http::answer given, const slot& of) const;
  bool answer_if_complete(consignment& of);
  void forget_what_is_over(const consignment& answered);
  void answer(consignment& of);
  void give_back(consignment& of);

  const sink_host host_;
  const settings& settings_;
  message_maker maker_;
  request_maker requests_;
  text_template paths_;
  topic_check check_;
  std::minstd_rand random_;

  std::list<consignment> consignments_;  // in the order in which they came
  std::vector<slot> slots_;
  std::uint32_t in_flight_ = 0;
  std::size_t bytes_in_flight_ = 0;

  token_bucket requests_rate_;
  token_bucket bytes_rate_;
  acknowledged_messages taken_before_;
  std::uint64_t taken_count_ = 0;     // of deliveries
  std::uint64_t returned_until_ = 0;  // the last one that was there when one was returned
  std::string alarm_;                 // why it is paused

  const metric sent_;
  const metric sent_bytes_;
  const metric delivered_;
  const metric answer_seconds_;
  const metric refused_;
  const metric again_;
  const metric cut_off_;
  const metric in_flight_gauge_;
  const metric paused_;
};

}  // namespace tidegate::http
