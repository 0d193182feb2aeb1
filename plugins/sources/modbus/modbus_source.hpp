// The source `modbus`: what README.md describes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absence.hpp"
#include "joined_text.hpp"
#include "line.hpp"
#include "schema.hpp"
#include "serial/schema.hpp"
#include "stop_signal.hpp"
#include "tidegate/plugin.hpp"
#include "units.hpp"

namespace tidegate::modbus {

// Everything happens in poll(), on the strand: a line bears one request at a time anyway. That the line or a
// unit is away is a state that poll() reports, not a failure.
class modbus_source {
 public:
  static constexpr component info{
      .name = "modbus",
      .summary = "Reads devices that speak Modbus, on a serial line (RTU) or over TCP.",
      .options = joined_text<schema_begin, serial::port_schema, own_schema>::value};
  static constexpr auto flow = tidegate::flow::pausable;

  modbus_source(source_host host, const options& given);
  void start();
  void poll();
  void request_stop() noexcept { stop_.give(); }
  void stop();

 private:
  struct request {
    read_request what;
    std::vector<std::uint16_t> registers;
    bool is_read = false;  // in this poll
    std::string refusal;   // the exception that it is answered by, as it was told
  };
  struct station {
    unit of;
    std::string name;
    std::vector<std::uint32_t> series;  // the builder's
    std::vector<request> requests;
    std::vector<value> values;
    std::vector<std::string> rooms;  // of texts
    modbus::absence absence;
    std::string trouble;  // why it is away
  };

  station make_station(unit of, const read_limits& limits, back_off delays);
  void open_line();
  void lose_line(const std::string& why);
  void read_stations();
  station* next_probe();
  bool read_station(station& of, int attempts);
  bool read_request_of(station& of, request& each, int attempts, std::int64_t& time);
  answer ask(const station& of, request& each, int attempts);
  void take_values(station& of);
  void add_samples(station& of, std::int64_t time);

  void set_trouble(station& of, const std::string& why);
  void set_refusal(request& of, std::string why);
  void set_answered(station& of);
  void tell_health();

  source_host host_;
  line_settings settings_;
  int attempts_;
  std::vector<station> stations_;
  metric opened_, requests_, timeouts_, garbled_, exceptions_, away_;
  stop_signal stop_;
  line line_;
  batch_builder builder_;

  std::string line_trouble_;
  bool tells_opening_ = true;
  bool is_news_ = true;  // what tell_health() says has changed
};

}  // namespace tidegate::modbus
