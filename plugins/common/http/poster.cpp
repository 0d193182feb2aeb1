#include "http/poster.hpp"

#include <algorithm>
#include <utility>

#include "tidegate/error.hpp"
#include "tls/client.hpp"

namespace tidegate::http {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// How often the files of tls are looked at.
constexpr std::int64_t look_every = 2 * second;

}  // namespace

poster::poster(sink_host host, const options& given, flavour of)
    : host_{host},
      settings_{read_settings(given, host.gateway_id(), of)},
      outbox_{host_, settings_, given["encoding"]},
      exchange_{host_, settings_, [host] { host.set_timer(std::chrono::nanoseconds{0}); }},
      certificate_expires_{host.gauge("certificate_expires_timestamp_seconds",
                                      "When the client's certificate expires, in seconds since 1970.")} {}

void poster::start() {
  const auto now = host_.now_monotonic();
  exchange_.start();
  used_.reset();
  if (settings_.server.uses_tls) credentials_.emplace(settings_.server.files);
  files_at_ = settings_.server.uses_tls ? now : INT64_MAX;
  arm_timer(now);
}

void poster::write(delivery given) {
  const auto now = host_.now_monotonic();
  outbox_.take(std::move(given));
  send(now);
  arm_timer(now);
}

void poster::tick() {
  const auto now = host_.now_monotonic();
  handle_replies(now);
  look_at_files(now);
  send(now);
  arm_timer(now);
}

void poster::stop() {
  exchange_.stop();
  handle_replies(host_.now_monotonic());
  outbox_.abandon("the sink is being stopped");
}

void poster::handle_replies(std::int64_t now) {
  exchange_.take(replies_);
  for (const auto& each : replies_) handle(each, now);
}

void poster::handle(const reply& what, std::int64_t now) {
  switch (what.what) {
    case reply::kind::answered:
      outbox_.answered(what.slot, what.answer, now);
      if (is_good(what.answer)) return;
      break;
    case reply::kind::not_sent:
      outbox_.not_sent(what.slot, what.text);
      break;
    case reply::kind::cut_off:
      outbox_.cut_off(what.slot, what.text);
      break;
    case reply::kind::withdrawn:
      return outbox_.withdrawn(what.slot);
  }
  exchange_.resume();
}

void poster::send(std::int64_t now) {
  more_at_ = INT64_MAX;
  if (!outbox_.wants_to_send()) return;
  try {
    if (credentials_) prepare_tls();
  } catch (const error& thrown) {
    return outbox_.give_up(thrown.what());
  }
  more_at_ = outbox_.pump(exchange_, now);
}

void poster::prepare_tls() {
  auto current = credentials_->get(host_.now_utc());
  if (current == used_) return;
  auto of = settings_.server.target();
  of.with = current;
  auto context = tls::make_context(of);
  if (!context)
    throw temporary("the files of 'tls' cannot be used by OpenSSL; check them with openssl x509 -text");
  exchange_.use(std::move(context));
  used_ = std::move(current);
}

void poster::look_at_files(std::int64_t now) {
  if (now < files_at_) return;
  files_at_ = now + look_every;
  std::string why;
  switch (credentials_->look(host_.now_utc(), why)) {
    case tls::live_credentials::outcome::refused:
      host_.warning("the changed files of 'tls' are not used, what was read before stays: " + why);
      break;
    case tls::live_credentials::outcome::renewed:
      host_.info("the files of 'tls' have changed; connecting anew with them");
      break;
    default:
      break;
  }
  certificate_expires_.set(static_cast<double>(credentials_->expires() / second));
  if (const auto warning = credentials_->expiry_warning(host_.now_utc())) host_.warning(*warning);
}

void poster::arm_timer(std::int64_t now) {
  const auto next = std::min(more_at_, files_at_);
  if (next != INT64_MAX) host_.set_timer(std::chrono::nanoseconds{std::max<std::int64_t>(0, next - now)});
  // What came meanwhile has set the timer to now, which was just replaced.
  if (exchange_.has_replies()) host_.set_timer(std::chrono::nanoseconds{0});
}

}  // namespace tidegate::http
