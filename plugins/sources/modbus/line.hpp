// The way to the units, and libmodbus on it. The one file that knows libmodbus is line.cpp.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "line_settings.hpp"
#include "read_plan.hpp"
#include "serial/port.hpp"
#include "stop_signal.hpp"
#include "tls/tcp.hpp"

struct _modbus;

namespace tidegate::modbus {

struct answer {
  enum class kind {
    values,
    exception,  // `exception` says which
    none,       // nothing came in time
    garbled,    // `why`
    lost,       // the port is gone, or the peer has closed the connection: `why`
    stopped,    // it was not asked
  };
  kind what = kind::stopped;
  int exception = 0;
  const char* why = "";
};

// Opened here and not by libmodbus, which takes 9600 for every speed that is not in its table and reads
// nothing back. It is given the open port or socket; only sending, receiving and judging frames is its own.
//
// An answer that comes late must not be taken for that of a later request. A TCP connection on which
// something went wrong is closed, so that what still comes on it is never read. A serial line is listened to,
// and what comes forgotten: after a garbled answer as long as the right one may still be under way, and
// before the same unit is asked again that gave no answer, for one more timeout. Answers of other units bear
// their numbers.
//
// One thread at a time.
class line {
 public:
  // The signal outlives the line.
  line(line_settings with, const stop_signal& stop);
  ~line();

  const line_settings& settings() const noexcept { return settings_; }
  bool is_serial() const noexcept { return settings_.serial.has_value(); }
  bool is_open() const noexcept { return context_ != nullptr; }
  // Throws tidegate::error (temporary), after the timeout at the latest.
  void open();
  void close() noexcept;
  // What was opened: "/dev/ttyUSB0: 9600 baud, 8N1".
  const std::string& opened() const noexcept { return opened_; }

  // Reads into the first `what.count` of `into`, bits as 0 and 1. The line is open, and is open afterwards
  // unless it was lost or is one of TCP that gave no proper answer.
  answer ask(int unit, const read_request& what, std::span<std::uint16_t> into);

 private:
  using clock = std::chrono::steady_clock;
  struct release {
    void operator()(_modbus* context) const noexcept;
  };

  int open_port();
  int open_connection();
  bool forget_input() noexcept;
  int read(const read_request& what, std::span<std::uint16_t> into);
  answer fail(int code, int unit, clock::time_point sent);

  line_settings settings_;
  const stop_signal& stop_;
  std::string opened_;
  std::optional<serial::port> port_;
  std::optional<tls::tcp_socket> socket_;
  std::unique_ptr<_modbus, release> context_;  // before what it reads from is closed
  std::array<std::uint8_t, bits_max> bits_{};
  clock::time_point quiet_until_{};
  std::array<clock::time_point, 256> unit_quiet_until_{};
};

}  // namespace tidegate::modbus
