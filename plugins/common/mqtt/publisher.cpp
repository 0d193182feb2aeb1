#include "mqtt/publisher.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::mqtt {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// How often the files of tls are looked at.
constexpr std::int64_t look_every = 2 * second;
// A connection that is closed so soon with nothing under way was closed because it was made.
constexpr std::int64_t soon = 10 * second;
// How long trouble waits for a delivery by whose answer the host can be told of it.
constexpr std::int64_t tell_after = 5 * second;
constexpr std::int64_t holds_after = 2 * second;
// While many messages are under way, acknowledgements are handled by so many (a part of the window, that the
// rest keeps the broker busy), or when they have waited so long.
constexpr std::uint32_t acknowledged_part = 8;
constexpr std::int64_t acknowledged_wait = second / 100;

}  // namespace

publisher::publisher(sink_host host, const options& given, flavour of)
    : host_{host},
      settings_{read_settings(given, host.gateway_id(), of)},
      box_{[host] { host.set_timer(std::chrono::nanoseconds{0}); }},
      outbox_{host_, settings_, given["encoding"]},
      connection_{host_, settings_, std::string{outbox_.content_type()}, box_},
      certificate_expires_{host.gauge("certificate_expires_timestamp_seconds",
                                      "When the client's certificate expires, in seconds since 1970.")} {}

void publisher::start() {
  const auto now = host_.now_monotonic();
  connection_.start(now);
  files_at_ = settings_.connection.uses_tls ? now : INT64_MAX;
  renew_by_ = INT64_MAX;
  told_.clear();
  untold_.clear();
  tell_at_ = INT64_MAX;
  follow(connection_.on_time(now), now);
  arm_timer(now);
}

void publisher::write(delivery given) {
  const auto now = host_.now_monotonic();
  if (connection_.is_resting()) {
    told_ = connection_.reason();
    untold_.clear();
    tell_at_ = INT64_MAX;
    const auto wait = std::max<std::int64_t>(second / 1000, connection_.next_try() - now);
    return given.retry(connection_.reason(), std::chrono::nanoseconds{wait});
  }
  outbox_.take(std::move(given));
  send(now);
  arm_timer(now);
}

void publisher::tick() {
  const auto now = host_.now_monotonic();
  handle_events(now);
  follow(connection_.on_time(now), now);
  look_at_acknowledgements(now);
  look_at_files(now);
  renew_if_idle(now);
  send(now);
  arm_timer(now);
  tell_trouble(now);
}

void publisher::stop() {
  // What has been acknowledged already is not to be sent twice.
  box_.take(events_);
  for (const auto& each : events_)
    if (each.what == event::kind::acknowledged) outbox_.acknowledged(each.slot, host_.now_monotonic());
  outbox_.lost("the sink is being stopped", outbox::close_kind::explained, {});
  connection_.stop();
}

// ---- what has happened ---------------------------------------------------------------------------

void publisher::handle_events(std::int64_t now) {
  box_.take(events_);
  for (const auto& each : events_) {
    handle(each, now);
    // Whatever else came belongs to a connection that is over.
    if (connection_.is_resting()) return;
  }
}

void publisher::handle(const event& what, std::int64_t now) {
  if (what.what == event::kind::acknowledged) return outbox_.acknowledged(what.slot, now);
  if (what.what != event::kind::refused) return follow(connection_.handle(what, now), now);
  // What the library gives up without a reason is still under way as far as anybody knows: it says so of all
  // messages just before it says that the connection is lost.
  if (what.reason == 0) return;
  if (!outbox_.refused(what.slot, what.reason, what.text, now))
    break_off(settings_.connection.at() + " is out of step: " + reason_text(what.reason), now);
}

void publisher::follow(connection::news what, std::int64_t now) {
  if (what == connection::news::up) when_up();
  if (what == connection::news::ended) when_ended(now);
}

void publisher::when_up() {
  told_.clear();
  outbox_.begin(connection_.limits());
}

void publisher::when_ended(std::int64_t now) {
  const auto how = judged(connection_.how_it_ended());
  if (how.what == trouble::takeover) takeover_ = how.text;
  const bool is_told = !outbox_.empty();
  connection_.rest(how.what, how.text, now);
  is_to_renew_ = false;
  renew_by_ = INT64_MAX;
  more_at_ = INT64_MAX;
  outbox_.lost(how.text, how.is_explained ? outbox::close_kind::explained : outbox::close_kind::unexplained,
               std::chrono::nanoseconds{std::max<std::int64_t>(1, connection_.next_try() - now)});
  if (is_told) told_ = how.text;
  untold_ = how.text == told_ ? std::string{} : how.text;
  if (untold_.empty()) tell_at_ = INT64_MAX;
  if (!untold_.empty() && tell_at_ == INT64_MAX) tell_at_ = now + tell_after;
}

// A broker that speaks 3.1.1 takes a connection over without a word; and one that speaks 5 may not be heard,
// when what we send to a closed connection fails before its last word is read.
connection::ending publisher::judged(connection::ending how) const {
  const bool is_silent = how.was_up && !how.is_explained && how.what == trouble::passing;
  const bool is_sudden = how.age < soon && outbox_.answered_count() == 0;
  if (!is_silent || !is_sudden) return how;
  if (connection_.takeovers() > 0) {
    // For the pace it is one more. But it may as well be a message that is sent each time.
    how = {trouble::takeover, takeover_, true, outbox_.in_flight() == 0, how.age};
  } else if (outbox_.in_flight() == 0) {
    how = {trouble::takeover,
           settings_.connection.at() +
               " closed the connection soon after it was made; does another client use " + "the client id '" +
               settings_.connection.client_id + "'? give each its own",
           true, true, how.age};
  }
  return how;
}

void publisher::break_off(const std::string& why, std::int64_t now) {
  connection_.end({trouble::passing, why, true, true, 0});
  when_ended(now);
}

// ---- what time brings ----------------------------------------------------------------------------

void publisher::look_at_acknowledgements(std::int64_t now) {
  const auto oldest = outbox_.waits_since();
  if (!connection_.is_up() || oldest == INT64_MAX || now - oldest < settings_.timeout.count()) return;
  break_off(settings_.connection.at() + " has not acknowledged a message within " +
                std::to_string(settings_.timeout.count() / second) +
                " s; it is overloaded, or the connection is dead",
            now);
}

void publisher::look_at_files(std::int64_t now) {
  auto& files = connection_.credentials();
  if (now < files_at_ || !files) return;
  files_at_ = now + look_every;
  std::string why;
  switch (files->look(host_.now_utc(), why)) {
    case tls::live_credentials::outcome::refused:
      host_.warning("the changed files of 'tls' are not used, what was read before stays: " + why);
      break;
    case tls::live_credentials::outcome::renewed:
      is_to_renew_ = !connection_.is_resting();
      break;
    default:
      break;
  }
  if (is_to_renew_ && connection_.is_up()) {
    is_to_renew_ = false;
    renew_by_ = now + settings_.timeout.count();
  }
  certificate_expires_.set(static_cast<double>(files->expires() / second));
  if (const auto warning = files->expiry_warning(host_.now_utc())) host_.warning(*warning);
}

// Once nothing is under way, or it has taken too long.
void publisher::renew_if_idle(std::int64_t now) {
  if (renew_by_ == INT64_MAX || (outbox_.in_flight() > 0 && now < renew_by_)) return;
  renew_by_ = INT64_MAX;
  if (!connection_.is_up()) return;
  host_.info("the files of 'tls' have changed; connecting anew with them");
  if (outbox_.in_flight() > 0)
    outbox_.lost("the connection is made anew with changed files of 'tls'", outbox::close_kind::explained,
                 {});
  connection_.renew(now);
  follow(connection_.on_time(now), now);
}

void publisher::send(std::int64_t now) {
  more_at_ = INT64_MAX;
  if (connection_.is_up() && renew_by_ == INT64_MAX) more_at_ = outbox_.pump(connection_, now);
}

void publisher::arm_timer(std::int64_t now) {
  auto next = std::min({connection_.next_event(), more_at_, files_at_, renew_by_, tell_at_});
  if (const auto oldest = outbox_.waits_since(); oldest != INT64_MAX)
    next = std::min(next, oldest + settings_.timeout.count());
  const auto patience = outbox_.in_flight() / acknowledged_part;
  box_.set_patience(patience);
  if (patience > 1) next = std::min(next, now + acknowledged_wait);
  if (next != INT64_MAX) host_.set_timer(std::chrono::nanoseconds{std::max<std::int64_t>(0, next - now)});
  // What came meanwhile has set the timer to now, which was just replaced, or is enough only now.
  if (box_.is_due()) host_.set_timer(std::chrono::nanoseconds{0});
}

// The host learns of trouble by the answers to deliveries; when there are none, by this. Trouble that is over
// by then is none; a connection that has just been made again may break again.
void publisher::tell_trouble(std::int64_t now) {
  if (now < tell_at_) return;
  tell_at_ = INT64_MAX;
  told_ = std::exchange(untold_, {});
  if (connection_.up_for(now) < holds_after) throw temporary(told_);
}

}  // namespace tidegate::mqtt
