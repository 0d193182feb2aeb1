// What a step remembers over an orderly restart, kept in the host's state: written when it stops, read and
// crossed out when it starts. After a kill there is none, and the step begins anew: an older one would bring
// back what has been sent since.
//
// A snapshot is for the options that it was made with; after a change of them it is not used. Failures of the
// disk are logged, and no reason for a pipeline to wait.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "series/series_key.hpp"
#include "tidegate/host.hpp"
#include "tidegate/options.hpp"

namespace tidegate::series {

class snapshot_writer {
 public:
  template <class Number>
  void put(Number number) {
    static_assert(std::is_arithmetic_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void put(const series_key& key) {
    put(key.high);
    put(key.low);
  }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  void append(const snapshot_writer& other) { bytes_ += other.bytes_; }
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

// Reads what was put, in the same order; zeros and empty texts behind the end, which is_good() tells.
class snapshot_reader {
 public:
  explicit snapshot_reader(std::string_view bytes) : rest_{bytes} {}

  template <class Number>
  Number take() {
    static_assert(std::is_arithmetic_v<Number>);
    Number number{};
    const auto bytes = take_bytes(sizeof number);
    if (!bytes.empty()) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
  }
  series_key take_key() {
    const auto high = take<std::uint64_t>();
    return {high, take<std::uint64_t>()};
  }
  std::string_view take_text() { return take_bytes(take<std::uint32_t>()); }
  bool is_good() const noexcept { return is_good_; }
  bool is_at_end() const noexcept { return rest_.empty(); }

 private:
  std::string_view take_bytes(std::size_t count) {
    if (count > rest_.size()) {
      is_good_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
  bool is_good_ = true;
};

class snapshot {
 public:
  // No more is kept: 16 values of the host's state.
  static constexpr std::size_t bytes_max = 16 * 60 * 1024;

  // `kind` names the step and the form of what it puts.
  snapshot(processor_host host, std::string_view kind, const options& given);

  // What was saved last, once; empty if there is none that can be used.
  std::string load();
  // False if it could not be saved, which is logged.
  bool save(std::string_view bytes);

 private:
  std::string join(std::string_view head);

  processor_host host_;
  series_key made_for_;
  std::uint64_t turn_ = 0;
};

}  // namespace tidegate::series
