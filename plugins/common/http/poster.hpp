// A sink that posts samples over HTTP: what `http` and `aws-iot-http` are, but for their options.
//
//   write -> outbox -> exchange -> server
//              ^           |
//              '--replies--'   from the exchange's thread; the timer wakes the strand for them
//
// Nothing is connected before there is something to send. After trouble the sink gives back what it has and
// leaves it to the host when to try again, but for the delays that the server asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/exchange.hpp"
#include "http/outbox.hpp"
#include "http/settings.hpp"
#include "tidegate/plugin.hpp"
#include "tls/live_credentials.hpp"

namespace tidegate::http {

class poster {
 public:
  // Small deliveries, one sample each, fill the connections as well as large ones.
  static constexpr std::uint32_t window = 64;

  poster(sink_host host, const options& given, flavour of);

  void start();
  void write(delivery given);
  void tick();
  void stop();

 private:
  void handle_replies(std::int64_t now);
  void handle(const reply& what, std::int64_t now);
  void send(std::int64_t now);
  void prepare_tls();
  void look_at_files(std::int64_t now);
  void arm_timer(std::int64_t now);

  const sink_host host_;
  const settings settings_;
  outbox outbox_;
  exchange exchange_;
  std::vector<reply> replies_;

  std::optional<tls::live_credentials> credentials_;
  std::shared_ptr<const tls::credentials> used_;  // those of the connections that are made
  std::int64_t more_at_ = INT64_MAX;              // when more may be sent
  std::int64_t files_at_ = INT64_MAX;             // when the files of tls are looked at
  const metric certificate_expires_;
};

}  // namespace tidegate::http
