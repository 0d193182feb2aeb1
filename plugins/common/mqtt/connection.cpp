#include "mqtt/connection.hpp"

#include <system_error>
#include <thread>
#include <utility>

#include "tidegate/error.hpp"

namespace tidegate::mqtt {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// The library looks at its clock now and then only.
constexpr std::int64_t library_grace = 3 * second;
// How long the finding of a probe explains further failures of the same kind.
constexpr std::int64_t known_for = 5 * second;

std::int64_t nanoseconds(std::chrono::milliseconds of) { return std::chrono::nanoseconds{of}.count(); }
std::string seconds_text(std::chrono::milliseconds of) {
  return std::to_string((of.count() + 999) / 1000) + " s";
}

}  // namespace

connection::connection(const sink_host& host, const settings& with, std::string content_type, mailbox& box)
    : host_{host},
      settings_{with},
      content_type_{std::move(content_type)},
      box_{box},
      pace_{with.connection.pace,
            static_cast<std::uint64_t>(host.now_utc()) ^ std::hash<std::string>{}(with.connection.client_id)},
      up_gauge_{host.gauge("connected", "Whether there is a connection to the broker.")},
      reconnects_{host.counter("connections_total", "Connections that the broker has taken.")} {}

void connection::start(std::int64_t now) {
  stopping_->store(false);
  library_ = keep_library();
  if (settings_.connection.uses_tls) credentials_.emplace(settings_.connection.files);
  is_news_ = true;
  state_ = state::resting;
  due_ = now;
}

void connection::stop() {
  request_stop();
  box_.close();
  client_.reset();
  library_.reset();
  state_ = state::stopped;
  due_ = INT64_MAX;
  up_gauge_.set(0);
}

// ---- trying --------------------------------------------------------------------------------------

connection::news connection::on_time(std::int64_t now) {
  if (now < due_) return news::none;
  due_ = INT64_MAX;
  switch (state_) {
    case state::resting:
      try {
        try_now(now);
        return news::none;
      } catch (const error& thrown) {
        return fail(trouble::passing, thrown.what());
      }
    case state::resolving:
      return fail(trouble::passing, "the name server does not say within " +
                                        seconds_text(settings_.connection.connect_timeout) + " where '" +
                                        settings_.connection.endpoint +
                                        "' is; check the network of this machine");
    case state::connecting:
      has_timed_out_ = true;
      return probe("timed out", now);
    case state::probing:
      return fail(trouble::passing, silent_refusal());
    default:
      return news::none;
  }
}

void connection::try_now(std::int64_t now) {
  pace_.tries(now);
  if (credentials_) files_ = credentials_->get(host_.now_utc());
  number_ = box_.open();
  has_timed_out_ = false;
  state_ = state::resolving;
  const auto timeout = nanoseconds(settings_.connection.connect_timeout);
  due_ = now + (is_server_known_ ? timeout : 2 * timeout + library_grace);
  inquire(event::kind::resolved,
          [is_known = is_server_known_](const tls::target& of, const std::atomic<bool>& stop) {
            const auto found = tls::resolve(of);
            return found.why != tls::cause::none || is_known ? found : tls::check_server(of, stop);
          });
}

template <class Look>
void connection::inquire(event::kind kind, Look look) {
  try {
    std::thread{[kind, look, of = target(), number = number_, stop = stopping_] {
      event made;
      made.what = kind;
      try {
        made.finding = look(of, *stop);
      } catch (const std::exception& thrown) {
        made.finding = {tls::cause::unreachable, thrown.what()};
      }
      mailbox::post(number, std::move(made));
    }}.detach();
  } catch (const std::system_error& thrown) {
    throw temporary(std::string{"cannot start a thread: "} + thrown.what());
  }
}

tls::target connection::target() const {
  const auto& from = settings_.connection;
  return {from.endpoint, from.port, from.connect_timeout, files_,
          from.files,    from.alpn, from.cipher_suites,   host_.now_utc()};
}

connection::news connection::handle(const event& what, std::int64_t now) {
  switch (what.what) {
    case event::kind::resolved:
      return state_ == state::resolving ? when_resolved(what, now) : news::none;
    case event::kind::connected:
      return state_ == state::connecting ? when_connected(what, now) : news::none;
    case event::kind::connect_failed:
      return state_ == state::connecting ? when_connect_failed(what, now) : news::none;
    case event::kind::probed:
      return state_ == state::probing ? when_probed(what) : news::none;
    case event::kind::disconnected: {
      if (!is_up()) return news::none;
      auto [why, text] = verdict_of_disconnect(what.reason, what.text, words());
      // A message may have been refused by this: then it is found as under 3.1.1.
      const bool may_be_a_message = why == trouble::passing && what.reason != 0x8b && what.reason != 0x98;
      end({why, std::move(text), true, !may_be_a_message, now - up_since_});
      return news::ended;
    }
    case event::kind::lost:
      if (!is_up()) return news::none;
      end({trouble::passing, settings_.connection.at() + " closed the connection, or it was lost", true,
           false, now - up_since_});
      return news::ended;
    default:
      return news::none;
  }
}

connection::news connection::when_resolved(const event& what, std::int64_t now) {
  if (what.finding.why != tls::cause::none) return fail(trouble::passing, what.finding.text);
  try {
    client_ = std::make_unique<paho_client>(settings_, files_, content_type_, number_);
    state_ = state::connecting;
    due_ = now + nanoseconds(settings_.connection.connect_timeout) + library_grace;
    client_->connect();
    return news::none;
  } catch (const error& thrown) {
    return fail(trouble::passing, thrown.what());
  }
}

connection::news connection::when_connected(const event& what, std::int64_t now) {
  limits_ = what.limits;
  if (auto problem = limit_problem(); !problem.empty()) return fail(trouble::refused, std::move(problem));
  state_ = state::up;
  due_ = INT64_MAX;
  up_since_ = now;
  known_cause_.clear();
  is_server_known_ = true;
  pace_.is_up(now);
  up_gauge_.set(1);
  reconnects_.add();
  // One that breaks again and again is no news each time.
  host_.log(is_news_ ? TIDEGATE_LOG_INFO : TIDEGATE_LOG_DEBUG,
            "connected to " + settings_.connection.at() + " as '" + settings_.connection.client_id + "'");
  is_news_ = false;
  return news::up;
}

std::string connection::limit_problem() const {
  const auto& of = settings_.message;
  if (of.qos > limits_.qos_max)
    return settings_.connection.at() + " takes at most QoS " + std::to_string(limits_.qos_max) +
           ", and qos is " + std::to_string(of.qos) + "; lower it";
  if (of.retain && !limits_.keeps_messages)
    return settings_.connection.at() + " keeps no messages; set retain: false";
  return {};
}

connection::news connection::when_connect_failed(const event& what, std::int64_t now) {
  has_timed_out_ = now >= due_ - library_grace;
  if (what.reason == 0) return probe(what.text, now);
  auto [why, text] = verdict_of_connack(settings_.connection.version, what.reason, what.text, words());
  return fail(why, std::move(text));
}

// ---- why it failed -------------------------------------------------------------------------------

// `said`: by the library, which is little, but tells one failure from another.
connection::news connection::probe(const std::string& said, std::int64_t now) {
  client_.reset();
  const bool is_known = !known_cause_.empty() && said == known_by_ && now - known_since_ < known_for;
  if (is_known) return fail(trouble::passing, known_cause_);
  known_by_ = said;
  state_ = state::probing;
  due_ = now + 2 * nanoseconds(settings_.connection.connect_timeout);
  number_ = box_.open();
  try {
    inquire(event::kind::probed, &tls::probe);
    return news::none;
  } catch (const error& thrown) {
    return fail(trouble::passing, thrown.what());
  }
}

connection::news connection::when_probed(const event& what) {
  if (what.finding.why == tls::cause::stopped) return news::none;
  if (what.finding.why == tls::cause::none) return fail(trouble::passing, silent_refusal());
  known_cause_ = what.finding.text;
  known_since_ = host_.now_monotonic();
  return fail(trouble::passing, what.finding.text);
}

// Everything works up to MQTT itself.
std::string connection::silent_refusal() const {
  const auto& of = settings_.connection;
  const auto who = of.at() + (of.uses_tls ? " takes the TLS connection" : " takes the connection");
  const auto what = has_timed_out_
                        ? " but does not answer MQTT's CONNECT within " + seconds_text(of.connect_timeout)
                        : std::string{" but closes it without an answer to MQTT's CONNECT"};
  if (of.websocket_path)
    return who + what + "; does it have MQTT over WebSocket at '" + *of.websocket_path + "'?";
  if (of.is_aws)
    return who + what + "; is a policy attached to the certificate that allows iot:Connect for client/" +
           of.client_id + "?";
  return who + what + "; is it an MQTT broker that takes client id '" + of.client_id + "'?";
}

connection_words connection::words() const {
  const auto& of = settings_.connection;
  return {of.at(), of.client_id, !of.username.empty(), of.is_aws};
}

// ---- ending --------------------------------------------------------------------------------------

connection::news connection::fail(trouble what, std::string text) {
  is_server_known_ = false;
  end({what, std::move(text), false, true, 0});
  return news::ended;
}

void connection::end(ending how) {
  ending_ = std::move(how);
  due_ = INT64_MAX;
}

void connection::rest(trouble what, const std::string& text, std::int64_t now) {
  box_.close();
  client_.reset();
  is_news_ = is_news_ || pace_.was_stable(now);
  state_ = state::resting;
  due_ = pace_.ended(what, now);
  reason_ = text;
  up_gauge_.set(0);
}

void connection::renew(std::int64_t now) {
  box_.close();
  client_.reset();
  is_news_ = true;
  is_server_known_ = false;
  state_ = state::resting;
  due_ = now;
  reason_ = "it connects anew, since the files of 'tls' have changed";
  up_gauge_.set(0);
}

}  // namespace tidegate::mqtt
