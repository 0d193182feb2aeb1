// The source `modbus` with units that are libmodbus's own server, for its tests.
#pragma once

#include <gtest/gtest.h>

#include <mutex>
#include <optional>

#include "made_up_folder.hpp"
#include "modbus_source.hpp"
#include "modbus_units.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::modbus {
using namespace std::chrono_literals;
using testing::list;
using testing::map;
using testing::option_entry;
using testing::option_value;
using testing::options_of;
using texts = std::vector<std::string>;

inline bool wait_for(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!condition())
    if (std::chrono::steady_clock::now() > end)
      return false;
    else
      std::this_thread::sleep_for(1ms);
  return true;
}

inline option_value field(const char* name, int address, const char* type = nullptr,
                          const char* table = "holding_register", option_entry extra = {"none", nullptr}) {
  return map({{"field", name},
              {"table", table},
              {"address", address},
              {"type", type == nullptr ? option_value{nullptr} : option_value{type}},
              std::move(extra)});
}
inline option_value unit_of(int number, std::vector<option_value> registers, const char* name = nullptr,
                            const char* byte_order = "ABCD", option_value tags = map({})) {
  return map({{"unit", number},
              {"name", name == nullptr ? option_value{nullptr} : option_value{name}},
              {"tags", std::move(tags)},
              {"byte_order", byte_order},
              {"registers", list(std::move(registers))}});
}

// What the instance reported of itself, as the host would log it: each change once.
class health_listener {
 public:
  health_listener() { current = this; }
  ~health_listener() { current = nullptr; }
  const tidegate_health* table() const { return &table_; }
  texts said() const {
    const std::lock_guard lock{mutex_};
    return said_;
  }

 private:
  static void take(const tidegate_host*, std::uint32_t health, tidegate_text why) {
    constexpr const char* states[] = {"running", "degraded", "away"};
    auto told = std::string{states[health]} + (why.length == 0 ? "" : ": ") + std::string{view(why)};
    const std::lock_guard lock{current->mutex_};
    if (current->said_.empty() || current->said_.back() != told) current->said_.push_back(std::move(told));
  }
  static inline health_listener* current = nullptr;
  mutable std::mutex mutex_;
  texts said_;
  tidegate_health table_{sizeof(tidegate_health), 0, &take};
};

class Modbus : public ::testing::Test {
 protected:
  testing::made_up_folder folder;
  testing::host host{"plant"};
  health_listener health;
  std::chrono::nanoseconds timeout = 5s;  // nothing is late by itself
  std::chrono::nanoseconds pause = 0s;
  int attempts = 1;
  int max_gap = 0;
  int max_registers = 125;
  std::optional<modbus_source> source;

  Modbus() { host.set_extension(TIDEGATE_HEALTH, health.table()); }

  void make(option_entry line, int port, std::vector<option_value> units) {
    source.reset();
    source.emplace(host.source(), options_of({std::move(line),
                                              {"port", port},
                                              {"baud", 115200},
                                              {"data_bits", 8},
                                              {"parity", "none"},
                                              {"stop_bits", 1},
                                              {"flow_control", "none"},
                                              {"exclusive", true},
                                              {"timeout", timeout},
                                              {"attempts", attempts},
                                              {"pause", pause},
                                              {"retry", map({{"min", 10s}, {"max", 5min}})},
                                              {"max_gap", max_gap},
                                              {"max_registers", max_registers},
                                              {"units", list(std::move(units))}}));
    source->start();
  }
  // What one more poll brings.
  std::vector<testing::sample> poll() {
    host.clear_batches();
    source->poll();
    EXPECT_EQ(host.violations(), texts{});
    return host.samples();
  }
  texts log() const {
    texts all;
    for (const auto& each : host.log_lines()) all.push_back(each.text);
    return all;
  }
};

class ModbusRtu : public Modbus {
 protected:
  const std::string port_ = folder.path("port");
  serial_units units{port_};
  void make(std::vector<option_value> of) { Modbus::make({"device", port_}, 502, std::move(of)); }
  // For a unit that is slow: a gateway that does not wait has asked the next by then.
  void wait_for_the_next_request() const {
    for (int waited = 0; waited < 100 && units.unheard() == 0; ++waited) std::this_thread::sleep_for(1ms);
  }
};

class ModbusTcp : public Modbus {
 protected:
  tcp_units units;
  void make(std::vector<option_value> of) {
    Modbus::make({"endpoint", "127.0.0.1"}, units.port(), std::move(of));
  }
  std::string peer() const { return "127.0.0.1:" + std::to_string(units.port()); }
};

}  // namespace tidegate::modbus
