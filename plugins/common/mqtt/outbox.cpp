#include "mqtt/outbox.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "tidegate/error.hpp"

namespace tidegate::mqtt {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// After a broker said that it has enough: doubled up to
constexpr std::int64_t pause_min = second;
constexpr std::int64_t pause_max = 30 * second;
// How often one message is tried that the broker could not take for a reason of its own.
constexpr int tries_max = 3;
// When sending failed although the connection seems to be there.
constexpr std::int64_t after_failed_send = second / 10;
// Messages that are known to be refused, while their deliveries come again. What does not fit is sent again.
constexpr std::size_t condemned_max = 10'000;
// The library copies what is under way; and more of it only waits longer on a slow link.
constexpr std::size_t bytes_under_way_max = 1024 * 1024;

std::string refusal(const std::string& topic, int reason, std::string_view text) {
  auto said = "the broker refused a message for topic '" + topic + "': " + reason_text(reason);
  if (!text.empty()) said += " (it says: " + std::string{text} + ")";
  if (reason == 0x87) said += "; allow this client to publish there";
  return said;
}

// What a packet takes beside topic and payload, at most: header, lengths, number, and the properties.
std::size_t packet_overhead(const settings& from, std::string_view content_type) {
  const auto& of = from.message;
  std::size_t bytes = 64 + std::max(of.content_type.size(), content_type.size());
  const auto add_pair = [&](std::size_t name, std::size_t value) { bytes += 5 + name + value; };
  for (const auto& [name, value] : of.user_properties) add_pair(name.size(), value.size());
  add_pair(16, 8);                  // content-encoding
  if (of.has_id) add_pair(10, 32);  // message_id
  return bytes;
}

std::string prefix_of(const settings& from) {
  return from.basic_ingest.empty() ? std::string{} : basic_ingest_prefix(from.basic_ingest);
}

}  // namespace

outbox::outbox(const sink_host& host, const settings& with, const options& encoding)
    : host_{host},
      settings_{with},
      maker_{host, encoding, with.payload, with.message.compress},
      topics_{with.topic, {with.gateway, with.connection.client_id}, "topic", prefix_of(with)},
      overhead_{packet_overhead(with, maker_.content_type())},
      messages_{token_bucket::in_any_second(with.rate.messages)},
      bytes_{token_bucket::on_average(with.rate.bytes)},
      sent_{host.counter("messages_total", "Messages handed to the connection.")},
      sent_bytes_{host.counter("payload_bytes_total", "Bytes of their payloads.")},
      acknowledged_total_{
          host.counter("acknowledged_messages_total", "Messages that the broker has acknowledged.")},
      acknowledge_seconds_{
          host.counter("acknowledge_seconds_total", "Time from sending to acknowledgement, summed up.")},
      refused_{host.counter("refused_messages_total", "Messages that the broker refused.")},
      in_flight_gauge_{host.gauge("in_flight_messages", "Messages that are sent and not acknowledged.")} {
  const auto fixed = topics_.fixed_part();
  // What is empty so far may be filled by a value.
  if (fixed.empty() && !topics_.is_constant()) return;
  if (const auto problem = problem_of_topic(fixed, settings_.rules))
    throw configuration_error("topic", *problem);
}

void outbox::take(delivery given) {
  auto plan = plan_messages(given, topics_, settings_.rules);
  consignments_.push_back({std::move(given), std::move(plan), 0, 0, {}, 0, {}, {}, {}, {}, {}});
  auto& made = consignments_.back();
  made.is_again = made.given.attempt() > 1;
  made.rejected = made.plan.rejected;
  made.reason = made.plan.reason;
  answer_if_complete(made);
}

void outbox::begin(const broker_limits& limits) {
  window_ = std::max(1U, std::min(settings_.rate.in_flight, limits.receive_maximum));
  slots_.assign(window_, {});
  in_flight_ = 0;
  bytes_under_way_ = 0;
  answered_count_ = 0;
  answered_at_ = INT64_MIN;
  answered_sent_at_ = INT64_MIN;
  paused_until_ = 0;
  pause_ = 0;
  packet_bytes_max_ = limits.packet_bytes_max;
}

// ---- sending -------------------------------------------------------------------------------------

std::int64_t outbox::pump(sender& to, std::int64_t now) {
  for (auto each = consignments_.begin(); each != consignments_.end();) {
    auto& current = *each++;  // which answering removes
    while (current.has_more()) {
      if (room() == 0) return INT64_MAX;
      const auto ready = std::max({paused_until_, messages_.ready_at(1, now), bytes_.ready_at(1, now)});
      if (ready > now) return ready;
      if (!send_next(current, to, now)) return now + after_failed_send;
    }
    answer_if_complete(current);
  }
  return INT64_MAX;
}

std::uint32_t outbox::room() const {
  if (in_flight_ > 0 && bytes_under_way_ >= bytes_under_way_max) return 0;
  const auto allowed = suspicion_.is_careful() ? 1 : window_;
  return allowed > in_flight_ ? allowed - in_flight_ : 0;
}

bool outbox::send_next(consignment& from, sender& to, std::int64_t now) {
  auto what = next_portion(from);
  const auto& group = from.plan.groups[what.group];
  made_message made;
  try {
    maker_.limit_bytes(payload_bytes_max(group.topic));
    made = maker_.make(group, what.first, what.count);
    has_told_ = false;
  } catch (const error& thrown) {
    if (!std::exchange(has_told_, true)) host_.warning(thrown.what());
    return false;
  }
  what.count = made.count;
  if (!made.problem.empty() || made.payload.empty()) {
    if (!made.problem.empty()) reject(from, what, made.problem);
    advance(from, what);
    return true;
  }
  const auto digest = settings_.message.has_id
                          ? digest_of(settings_.connection.client_id, group.topic, made.payload)
                          : quick_digest_of(group.topic, made.payload);
  if (settle_without_sending(from, what, digest)) {
    advance(from, what);
    return true;
  }
  const auto number = occupy(from, what, digest, now);
  slots_[number].bytes = made.payload.size();
  bytes_under_way_ += made.payload.size();
  if (!to.send({number, group.topic, made.payload, digest})) {
    release(number)->of = nullptr;
    return false;
  }
  advance(from, what);
  messages_.take(1, now);
  bytes_.take(made.payload.size(), now);
  sent_.add();
  sent_bytes_.add(static_cast<double>(made.payload.size()));
  return true;
}

outbox::portion outbox::next_portion(consignment& from) const {
  if (!from.again.empty()) return from.again.front();
  return {from.group, from.next, std::numeric_limits<std::uint32_t>::max(), 0};
}

// The portion was dealt with.
void outbox::advance(consignment& from, const portion& by) const {
  if (!from.again.empty()) {
    auto& front = from.again.front();
    front.first += by.count;
    front.count -= by.count;
    if (front.count == 0) from.again.pop_front();
    return;
  }
  from.next += by.count;
  if (from.next < from.plan.groups[from.group].size()) return;
  ++from.group;
  from.next = 0;
}

// Of what the broker takes.
std::size_t outbox::payload_bytes_max(const std::string& topic) const {
  if (packet_bytes_max_ == UINT32_MAX) return SIZE_MAX;
  const auto rest = overhead_ + topic.size();
  return packet_bytes_max_ > rest ? packet_bytes_max_ - rest : 0;
}

// Whether the message was acknowledged before its delivery came back, or is known to be one that the broker
// closes the connection on. An equal one that comes for the first time is another.
bool outbox::settle_without_sending(consignment& of, const portion& what, const message_digest& digest) {
  if (!of.is_again) return false;
  if (!acknowledged_before_.empty() && acknowledged_before_.take(digest)) {
    of.acknowledged.push_back(digest);
    return true;
  }
  const auto found = condemned_.find(digest);
  if (found == condemned_.end()) return false;
  reject(of, what, found->second);
  of.condemned.push_back(digest);
  return true;
}

void outbox::reject(consignment& of, const portion& what, std::string_view reason) {
  if (of.rejected.empty()) of.reason = reason;
  const auto& indices = of.plan.groups[what.group].indices;
  for (std::uint32_t row = 0; row < what.count; ++row) of.rejected.push_back(indices[what.first + row]);
}

std::uint32_t outbox::occupy(consignment& of, const portion& what, const message_digest& digest,
                             std::int64_t now) {
  const auto free =
      std::find_if(slots_.begin(), slots_.end(), [](const slot& each) { return each.of == nullptr; });
  *free = {&of, what, digest, now};
  ++of.under_way;
  in_flight_gauge_.set(++in_flight_);
  return static_cast<std::uint32_t>(free - slots_.begin());
}

// ---- what comes back -----------------------------------------------------------------------------

// The slot as it was, which the caller frees; null if nothing is under way in it.
outbox::slot* outbox::release(std::uint32_t number) {
  if (number >= slots_.size() || slots_[number].of == nullptr) return nullptr;
  auto& found = slots_[number];
  --found.of->under_way;
  bytes_under_way_ -= std::exchange(found.bytes, 0);
  in_flight_gauge_.set(--in_flight_);
  return &found;
}

void outbox::acknowledged(std::uint32_t number, std::int64_t now) {
  auto* found = release(number);
  if (found == nullptr) return;
  auto& of = *std::exchange(found->of, nullptr);
  of.acknowledged.push_back(found->digest);
  suspicion_.acquit(found->digest);
  pause_ = 0;
  ++answered_count_;
  answered_at_ = now;
  answered_sent_at_ = std::max(answered_sent_at_, found->sent_at);
  acknowledged_total_.add();
  acknowledge_seconds_.add(static_cast<double>(now - found->sent_at) / static_cast<double>(second));
  answer_if_complete(of);
}

bool outbox::refused(std::uint32_t number, int reason, std::string_view text, std::int64_t now) {
  auto* found = release(number);
  if (found == nullptr) return true;
  auto& of = *std::exchange(found->of, nullptr);
  auto what = found->what;
  const auto judged = verdict_of_publish(reason);
  const bool is_tried_enough = judged == verdict::try_again && ++what.tries >= tries_max;
  if (judged == verdict::rejected || is_tried_enough) {
    suspicion_.acquit(found->digest);
    refused_.add();
    ++answered_count_;
    answered_at_ = now;
    auto why = refusal(of.plan.groups[what.group].topic, reason, text);
    reject(of, what, why);
    of.refused.emplace_back(found->digest, std::move(why));
    answer_if_complete(of);
    return true;
  }
  of.again.push_back(what);
  if (judged != verdict::out_of_step) pause(now);
  return judged != verdict::out_of_step;
}

void outbox::pause(std::int64_t now) {
  pause_ = pause_ == 0 ? pause_min : std::min(pause_ * 2, pause_max);
  paused_until_ = now + pause_;
}

void outbox::lost(std::string_view reason, close_kind how, std::chrono::nanoseconds retry_after) {
  if (how == close_kind::unexplained) judge(reason);
  for (auto& each : consignments_) {
    for (const auto& digest : each.acknowledged) acknowledged_before_.remember(digest);
    for (auto& [digest, why] : each.refused)
      if (condemned_.size() < condemned_max) condemned_.emplace(digest, std::move(why));
    if (each.under_way > 0)
      each.given.ambiguous(reason);
    else
      each.given.retry(reason, retry_after);
  }
  consignments_.clear();
  slots_.assign(slots_.size(), {});
  in_flight_ = 0;
  bytes_under_way_ = 0;
  in_flight_gauge_.set(0);
}

// What was under way when the connection was closed without a word. QoS 0 is gone by then.
void outbox::judge(std::string_view reason) {
  std::vector<message_digest> under_way;
  const slot* last = nullptr;
  for (const auto& each : slots_)
    if (each.of != nullptr) {
      under_way.push_back(each.digest);
      last = &each;
    }
  if (!suspicion_.closed_with(under_way)) return;
  if (condemned_.size() >= condemned_max) return;
  const auto& topic = last->of->plan.groups[last->what.group].topic;
  condemned_[last->digest] = "the broker closed the connection " + std::to_string(suspicion::strikes_max) +
                             " times on this message for topic '" + topic + "' (" + std::string{reason} +
                             "); a broker may do so where it does not let the "
                             "client publish: allow the topic, or use version: 5, which says more";
  suspicion_.clear();
}

std::int64_t outbox::waits_since() const {
  auto oldest = INT64_MAX;
  for (const auto& each : slots_)
    if (each.of != nullptr) oldest = std::min(oldest, each.sent_at);
  const bool was_overtaken = answered_sent_at_ > oldest;
  return oldest == INT64_MAX || was_overtaken ? oldest : std::max(oldest, answered_at_);
}

// ---- answering -----------------------------------------------------------------------------------

void outbox::answer_if_complete(consignment& of) {
  if (of.has_more() || of.under_way > 0) return;
  answer(of);
  consignments_.remove_if([&](const consignment& each) { return &each == &of; });
}

// What comes for the first time comes behind what was returned. So what is remembered then belongs to
// deliveries that never came again as they were; it must not be taken for an equal message of later.
void outbox::forget_what_is_over(const consignment& answered) {
  const auto is_again = [](const consignment& each) { return each.is_again; };
  if (answered.is_again || std::any_of(consignments_.begin(), consignments_.end(), is_again)) return;
  acknowledged_before_.clear();
  condemned_.clear();
}

void outbox::answer(consignment& of) {
  // Not before: until then the delivery may be cut off and come again.
  for (const auto& each : of.condemned) condemned_.erase(each);
  forget_what_is_over(of);
  if (of.rejected.empty()) return of.given.delivered();
  std::sort(of.rejected.begin(), of.rejected.end());
  of.given.rejected(of.reason, of.rejected);
}

}  // namespace tidegate::mqtt
