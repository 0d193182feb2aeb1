// A sink that publishes samples over MQTT: what `mqtt` and `aws-iot` are, but for their options.
//
//   write -> outbox -> connection -> broker
//                ^                      |
//                '------ mailbox <------'  acknowledgements, on threads of the library
//
// Deliveries are taken while there is a connection, or one is being made, and sent back with *retry* while
// the connection rests after a failure; the host keeps them. Everything happens on the strand: what comes on
// other threads goes through the mailbox, which sets the timer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mqtt/connection.hpp"
#include "mqtt/mailbox.hpp"
#include "mqtt/outbox.hpp"
#include "mqtt/settings.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::mqtt {

class publisher {
 public:
  // Small deliveries, one sample each, fill the window of messages as well as large ones.
  static constexpr std::uint32_t window = 100;

  publisher(sink_host host, const options& given, flavour of);

  void start();
  void write(delivery given);
  void tick();
  void request_stop() noexcept { connection_.request_stop(); }
  void stop();

 private:
  void handle_events(std::int64_t now);
  void handle(const event& what, std::int64_t now);
  void follow(connection::news what, std::int64_t now);
  void when_up();
  void when_ended(std::int64_t now);
  connection::ending judged(connection::ending how) const;
  void break_off(const std::string& why, std::int64_t now);
  void look_at_acknowledgements(std::int64_t now);
  void look_at_files(std::int64_t now);
  void renew_if_idle(std::int64_t now);
  void send(std::int64_t now);
  void arm_timer(std::int64_t now);
  void tell_trouble(std::int64_t now);

  const sink_host host_;
  const settings settings_;
  mailbox box_;
  outbox outbox_;
  connection connection_;
  std::vector<event> events_;

  std::int64_t more_at_ = INT64_MAX;   // when more may be sent
  std::int64_t files_at_ = INT64_MAX;  // when the files of tls are looked at
  bool is_to_renew_ = false;           // files have changed since the connection was made, or begun
  std::int64_t renew_by_ = INT64_MAX;  // set: a new connection is wanted, by then at the latest
  std::string takeover_;               // the last one's text
  std::string told_;                   // the trouble that the host knows of
  std::string untold_;                 // the one that no answer has told it yet
  std::int64_t tell_at_ = INT64_MAX;   // when it is told without one
  const metric certificate_expires_;
};

}  // namespace tidegate::mqtt
