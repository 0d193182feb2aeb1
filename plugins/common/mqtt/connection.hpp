// The way to the broker, from one connection to the next: when to try, with what, and why it failed.
//
//   resting -> resolving -> connecting -> up -> (ended) -> resting ...
//                  |             |-> probing: the library has failed and cannot say why
//                  '-------------'-> (ended)
//
// Each try has a client of its own and a number of its own in the mailbox. Looking up a name, and the probe,
// block; they run on threads of their own, which know nothing but that number, so that a resolver that hangs
// holds up neither the strand nor the end of the program (it is left behind).
//
// Called on the sink's strand, but for request_stop.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mqtt/mailbox.hpp"
#include "mqtt/paho_client.hpp"
#include "mqtt/reason_codes.hpp"
#include "mqtt/reconnect_pace.hpp"
#include "mqtt/settings.hpp"
#include "tidegate/host.hpp"
#include "tls/live_credentials.hpp"

namespace tidegate::mqtt {

class connection final : public sender {
 public:
  // All outlive it.
  connection(const sink_host& host, const settings& with, std::string content_type, mailbox& box);

  void start(std::int64_t now);
  void request_stop() noexcept { stopping_->store(true); }
  void stop();

  // How a try or a connection ended.
  struct ending {
    trouble what = trouble::passing;
    std::string text;
    bool was_up = false;
    bool is_explained = true;
    std::int64_t age = 0;  // of the connection
  };
  enum class news { none, up, ended };
  // After `ended` it is rest() that goes on; until then nothing happens.
  news handle(const event& what, std::int64_t now);
  news on_time(std::int64_t now);
  const ending& how_it_ended() const { return ending_; }
  void end(ending how);
  void rest(trouble what, const std::string& text, std::int64_t now);
  // Leaves the connection for a new one, at once.
  void renew(std::int64_t now);

  bool is_up() const { return state_ == state::up; }
  std::int64_t up_for(std::int64_t now) const { return is_up() ? now - up_since_ : 0; }
  bool is_resting() const { return state_ == state::resting; }
  // Why it rests, and until when.
  const std::string& reason() const { return reason_; }
  std::int64_t next_try() const { return due_; }
  std::int64_t next_event() const { return due_; }
  // How often in a row someone else has taken it over.
  int takeovers() const { return pace_.takeovers(); }
  const broker_limits& limits() const { return limits_; }
  std::optional<tls::live_credentials>& credentials() { return credentials_; }
  connection_words words() const;

  bool send(const outgoing& message) override { return client_ != nullptr && client_->send(message); }

 private:
  enum class state { stopped, resting, resolving, connecting, probing, up };

  void try_now(std::int64_t now);
  news when_resolved(const event& what, std::int64_t now);
  news when_connected(const event& what, std::int64_t now);
  news when_connect_failed(const event& what, std::int64_t now);
  news when_probed(const event& what);
  news fail(trouble what, std::string text);
  news probe(const std::string& said, std::int64_t now);
  tls::target target() const;
  // Runs `look` on a thread of its own; its finding is posted as `kind`.
  template <class Look>
  void inquire(event::kind kind, Look look);
  std::string silent_refusal() const;
  std::string limit_problem() const;

  const sink_host host_;
  const settings& settings_;
  const std::string content_type_;
  mailbox& box_;
  const std::shared_ptr<std::atomic<bool>> stopping_ = std::make_shared<std::atomic<bool>>(false);
  std::optional<tls::live_credentials> credentials_;
  std::shared_ptr<void> library_;
  std::shared_ptr<const tls::credentials> files_;  // of this try
  std::unique_ptr<paho_client> client_;
  reconnect_pace pace_;

  state state_ = state::stopped;
  std::uint32_t number_ = 0;
  std::int64_t due_ = INT64_MAX;  // when something has to happen: a try, or its failure
  std::int64_t up_since_ = 0;
  std::string reason_;
  bool has_timed_out_ = false;
  // The last attempt has found the right one. If not, its certificate is looked at before the library
  // completes a handshake.
  bool is_server_known_ = false;
  bool is_news_ = true;      // that a connection is made: the last one was stable, or is the first
  std::string known_by_;     // what the library said when the last probe was made,
  std::string known_cause_;  // what that found, and when
  std::int64_t known_since_ = 0;
  ending ending_;
  broker_limits limits_;

  const metric up_gauge_;
  const metric reconnects_;
};

}  // namespace tidegate::mqtt
