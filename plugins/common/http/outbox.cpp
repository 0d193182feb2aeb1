#include "http/outbox.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "http/url.hpp"
#include "messages/topic_template.hpp"
#include "tidegate/error.hpp"

namespace tidegate::http {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// What servers take of a URL at least.
constexpr std::size_t path_bytes_max = 8000;

text_template template_of(const settings& with) {
  const template_identity who{with.gateway, {}};
  if (with.server.is_aws) return topic_template{with.path, who, "topic", with.aws.topic_prefix};
  return {with.path, who, "url", &append_to_url};
}

std::optional<std::string> problem_of_path(std::string_view path) {
  if (path.size() <= path_bytes_max) return std::nullopt;
  return "'url' makes a path of " + std::to_string(path.size()) + " bytes, of which " +
         std::to_string(path_bytes_max) + " are allowed; leave long tags out of it";
}

topic_check check_of(const settings& with) {
  if (!with.server.is_aws) return problem_of_path;
  return [rules = with.rules](std::string_view topic) { return problem_of_topic(topic, rules); };
}

}  // namespace

outbox::outbox(const sink_host& host, const settings& with, const options& encoding)
    : host_{host},
      settings_{with},
      maker_{host, encoding, with.payload, with.request.compress},
      requests_{with, maker_.content_type(), maker_.is_text()},
      paths_{template_of(with)},
      check_{check_of(with)},
      random_{static_cast<std::minstd_rand::result_type>(static_cast<std::uint64_t>(host.now_utc()) ^
                                                         std::hash<std::string>{}(with.gateway))},
      slots_(std::size_t{with.server.connections_max} * with.server.ahead_max),
      requests_rate_{token_bucket::in_any_second(with.rate.messages)},
      bytes_rate_{token_bucket::on_average(with.rate.bytes)},
      sent_{host.counter("requests_total", "Requests handed to a connection.")},
      sent_bytes_{host.counter("payload_bytes_total", "Bytes of their bodies.")},
      delivered_{host.counter("delivered_requests_total", "Requests that the server has taken.")},
      answer_seconds_{host.counter("answer_seconds_total", "Time from sending to the answer, summed up.")},
      refused_{
          host.counter("refused_requests_total", "Requests that the server refused for what is in them.")},
      again_{host.counter("retried_requests_total", "Requests that failed in a way that passes.")},
      cut_off_{
          host.counter("ambiguous_requests_total", "Requests of which nobody knows whether they arrived.")},
      in_flight_gauge_{host.gauge("in_flight_requests", "Requests that are sent and not answered.")},
      paused_{host.gauge("paused", "Whether the sink waits because only a human can help.")} {
  const auto fixed = paths_.fixed_part();
  // What is empty so far may be filled by a value.
  if (!with.server.is_aws || (fixed.empty() && !paths_.is_constant())) return;
  if (const auto problem = problem_of_topic(fixed, with.rules)) throw configuration_error("topic", *problem);
}

void outbox::take(delivery given) {
  auto plan = plan_messages(given, paths_, check_);
  consignments_.push_back({std::move(given), std::move(plan)});
  auto& made = consignments_.back();
  made.is_again = made.given.attempt() > 1;
  made.number = ++taken_count_;
  made.rejected = made.plan.rejected;
  made.reason = made.plan.reason;
  answer_if_complete(made);
}

// ---- sending -------------------------------------------------------------------------------------

bool outbox::has_room() const {
  if (in_flight_ < std::size_t{settings_.server.connections_max} * 2) return true;
  return in_flight_ < slots_.size() && bytes_in_flight_ < settings_.server.ahead_bytes_max;
}

bool outbox::wants_to_send() const {
  if (!has_room()) return false;
  return std::any_of(consignments_.begin(), consignments_.end(),
                     [](const consignment& each) { return !each.is_given_up && each.has_more(); });
}

std::int64_t outbox::pump(sender& to, std::int64_t now) {
  for (auto each = consignments_.begin(); each != consignments_.end();) {
    auto& current = *each++;  // which answering removes
    while (!current.is_given_up && current.has_more()) {
      if (!has_room()) return INT64_MAX;
      const auto ready = std::max(requests_rate_.ready_at(1, now), bytes_rate_.ready_at(1, now));
      if (ready > now) return ready;
      if (!send_next(current, to, now)) return INT64_MAX;
    }
    answer_if_complete(current);
  }
  return INT64_MAX;
}

// False: there was trouble, and all is given up.
bool outbox::send_next(consignment& from, sender& to, std::int64_t now) {
  auto what = next_portion(from);
  const auto& group = from.plan.groups[what.group];
  made_message made;
  std::string id;
  try {
    requests_.refresh(now);
    made = maker_.make(group, what.first, what.count);
  } catch (const error& thrown) {
    give_up(thrown.what());
    return false;
  }
  what.count = made.count;
  if (!made.problem.empty() || made.payload.empty()) {
    if (!made.problem.empty()) reject(from, what, made.problem);
    advance(from, what);
    return true;
  }
  message_digest digest;
  const bool has_digest = needs_digest(from, what);
  if (has_digest)
    digest = has_id() ? digest_of(settings_.gateway, group.topic, made.payload)
                      : quick_digest_of(group.topic, made.payload);
  if (from.is_again && taken_before_.take(digest)) {
    from.taken.push_back(digest);
    advance(from, what);
    return true;
  }
  if (has_id()) id = digest.text();
  const auto number = occupy(from, what, now);
  slots_[number].has_digest = has_digest;
  slots_[number].digest = digest;
  slots_[number].bytes = made.payload.size();
  bytes_in_flight_ += made.payload.size();
  advance(from, what);
  requests_rate_.take(1, now);
  bytes_rate_.take(made.payload.size(), now);
  sent_.add();
  sent_bytes_.add(static_cast<double>(made.payload.size()));
  to.send(number, requests_.make(group.topic, made.payload, id));
  return true;
}

outbox::portion outbox::next_portion(const consignment& from) const {
  if (!from.again.empty()) return from.again.front();
  return {from.group, from.next, std::numeric_limits<std::uint32_t>::max()};
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

bool outbox::has_id() const { return settings_.aws.has_id || !settings_.request.id_header.empty(); }

// A delivery that is one request is taken or not, so that there is nothing to remember.
bool outbox::needs_digest(const consignment& of, const portion& what) const {
  if (has_id() || (of.is_again && !taken_before_.empty())) return true;
  return of.plan.groups.size() > 1 || what.count < of.plan.groups[what.group].size();
}

std::uint32_t outbox::occupy(consignment& of, const portion& what, std::int64_t now) {
  const auto free =
      std::find_if(slots_.begin(), slots_.end(), [](const slot& each) { return each.of == nullptr; });
  *free = {&of, what, false, {}, now};
  ++of.under_way;
  in_flight_gauge_.set(++in_flight_);
  return static_cast<std::uint32_t>(free - slots_.begin());
}

// ---- what comes back -----------------------------------------------------------------------------

// The slot as it was; `of` is null if nothing is under way in it.
outbox::slot outbox::release(std::uint32_t number) {
  if (number >= slots_.size() || slots_[number].of == nullptr) return {};
  auto found = std::exchange(slots_[number], {});
  --found.of->under_way;
  bytes_in_flight_ -= found.bytes;
  in_flight_gauge_.set(--in_flight_);
  return found;
}

void outbox::answered(std::uint32_t number, const http::answer& given, std::int64_t now) {
  const auto found = release(number);
  if (found.of == nullptr) return;
  const auto judged = is_good(given) ? judge(given, asker_of(found)) : judge_without_secrets(given, found);
  answer_seconds_.add(static_cast<double>(now - found.sent_at) / static_cast<double>(second));
  if (judged.what == meaning::again || judged.what == meaning::paused) {
    again_.add();
    put_back(*found.of, found.what);
    if (judged.what == meaning::paused) pause(judged.text);
    return give_up(judged.text, judged.what == meaning::paused ? long_wait() : judged.after);
  }
  if (judged.what == meaning::delivered) {
    delivered_.add();
    if (found.has_digest) found.of->taken.push_back(found.digest);
  } else {
    refuse(*found.of, found.what, judged);
  }
  if (!std::exchange(alarm_, {}).empty()) paused_.set(0);
  answer_if_complete(*found.of);
}

// They are taken out before messages are cut to length, and with them half a secret.
judgement outbox::judge_without_secrets(http::answer given, const slot& of) const {
  for (auto* text : {&given.body, &given.location, &given.error_type, &given.request_id})
    *text = requests_.without_secrets(std::move(*text));
  return judge(given, asker_of(of));
}

void outbox::not_sent(std::uint32_t number, std::string_view reason) {
  const auto found = release(number);
  if (found.of == nullptr) return;
  again_.add();
  put_back(*found.of, found.what);
  give_up(reason);
}

void outbox::withdrawn(std::uint32_t number) {
  const auto found = release(number);
  if (found.of == nullptr) return;
  put_back(*found.of, found.what);
  answer_if_complete(*found.of);
}

void outbox::cut_off(std::uint32_t number, std::string_view reason) {
  const auto found = release(number);
  if (found.of == nullptr) return;
  cut_off_.add();
  put_back(*found.of, found.what);
  found.of->is_ambiguous = true;
  give_up(reason);
}

void outbox::refuse(consignment& of, const portion& what, const judgement& why) {
  refused_.add();
  if (why.what != meaning::split || what.count == 1) return reject(of, what, why.text);
  const auto half = what.count / 2;
  put_back(of, {what.group, what.first, half});
  put_back(of, {what.group, what.first + half, what.count - half});
}

// In its place: what comes back may be of before or behind what waits already.
void outbox::put_back(consignment& of, const portion& what) const {
  const auto place = std::find_if(of.again.begin(), of.again.end(), [&](const portion& each) {
    return std::pair{each.group, each.first} > std::pair{what.group, what.first};
  });
  of.again.insert(place, what);
}

void outbox::reject(consignment& of, const portion& what, std::string_view reason) {
  if (of.rejected.empty()) of.reason = reason;
  const auto& indices = of.plan.groups[what.group].indices;
  for (std::uint32_t row = 0; row < what.count; ++row) of.rejected.push_back(indices[what.first + row]);
}

void outbox::pause(const std::string& why) {
  if (why == alarm_) return;
  alarm_ = why;
  paused_.set(1);
  host_.log(TIDEGATE_LOG_ERROR, "paused, nothing is lost: " + why);
}

// So that a fleet does not come back at once.
std::chrono::nanoseconds outbox::long_wait() {
  const auto most = std::max<std::int64_t>(1, settings_.pause_max.count());
  return std::chrono::nanoseconds{
      std::uniform_int_distribution<std::int64_t>{most / 2 + most % 2, most}(random_)};
}

asker outbox::asker_of(const slot& which) const {
  const auto& path = which.of->plan.groups[which.what.group].topic;
  const auto& server = settings_.server;
  return {server.at(),    settings_.request.method, server.is_aws ? path : path.substr(0, path.find('?')),
          server.is_aws,  !paths_.is_constant(),    server.files.certificate,
          host_.now_utc()};
}

// ---- answering -----------------------------------------------------------------------------------

void outbox::give_up(std::string_view reason, std::chrono::nanoseconds retry_after) {
  for (auto each = consignments_.begin(); each != consignments_.end();) {
    auto& current = *each++;  // which answering removes
    if (!std::exchange(current.is_given_up, true)) {
      current.trouble = reason;
      current.retry_after = retry_after;
    }
    answer_if_complete(current);
  }
}

void outbox::abandon(std::string_view reason) {
  for (auto& each : consignments_) {
    each.is_ambiguous = each.is_ambiguous || each.under_way > 0;
    each.under_way = 0;
    if (each.trouble.empty()) each.trouble = reason;
    give_back(each);
  }
  consignments_.clear();
  slots_.assign(slots_.size(), {});
  in_flight_ = 0;
  bytes_in_flight_ = 0;
  in_flight_gauge_.set(0);
}

// Whether it is gone.
bool outbox::answer_if_complete(consignment& of) {
  if (of.under_way > 0 || (of.has_more() && !of.is_given_up)) return false;
  if (of.has_more())
    give_back(of);
  else
    answer(of);
  consignments_.remove_if([&](const consignment& each) { return &each == &of; });
  return true;
}

// What comes for the first time comes behind what was returned. So what is remembered then belongs to
// deliveries that never came again as they were; it must not be taken for an equal request of later.
void outbox::forget_what_is_over(const consignment& answered) {
  const auto is_again = [](const consignment& each) { return each.is_again; };
  if (answered.is_again || answered.number <= returned_until_) return;
  if (std::none_of(consignments_.begin(), consignments_.end(), is_again)) taken_before_.clear();
}

void outbox::answer(consignment& of) {
  forget_what_is_over(of);
  if (of.rejected.empty()) return of.given.delivered();
  std::sort(of.rejected.begin(), of.rejected.end());
  of.given.rejected(of.reason, of.rejected);
}

void outbox::give_back(consignment& of) {
  for (const auto& digest : of.taken) taken_before_.remember(digest);
  returned_until_ = taken_count_;
  if (of.is_ambiguous)
    of.given.ambiguous(of.trouble);
  else
    of.given.retry(of.trouble, of.retry_after);
}

}  // namespace tidegate::http
