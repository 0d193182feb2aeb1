// The open windows of one series, as panes: parts that windows begin and end with. Window k is the panes
// k - panes_per_window + 1 to k, and ends when pane k does; a window that does not slide is one pane.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "accumulator.hpp"
#include "tidegate/options.hpp"

namespace tidegate::aggregate {

// How long windows are and when they are closed. Immutable.
struct geometry {
  std::int64_t pane_length = 1;
  std::int64_t panes_per_window = 1;
  std::int64_t lateness = 0;

  // By options `window`, `every` and `allowed_lateness`. Throws tidegate::error, configuration.
  static geometry of(const options& given);

  std::int64_t window_length() const noexcept { return pane_length * panes_per_window; }
  std::int64_t pane_of(std::int64_t time) const noexcept;
  std::int64_t end_of(std::int64_t window) const noexcept { return (window + 1) * pane_length; }
  // Whether windows of the time can be told in 64 bits.
  bool has(std::int64_t time) const noexcept;
};

class series_windows {
 public:
  // Called with the series, the window and its panes, the earliest first.
  using visitor = std::function<void(series_windows&, std::int64_t window, std::span<const pane>)>;

  // The last window of the time has been closed.
  bool is_late(const geometry& of, std::int64_t time) const noexcept;
  pane& pane_at(std::int64_t number);
  // Closes the windows that end so long before the newest time; all that has anything in it.
  void close(const geometry& of, const accumulator& how, const visitor& closed);
  void close_all(const geometry& of, const accumulator& how, const visitor& closed);
  void see(std::int64_t time) noexcept {
    if (time > newest) newest = time;
  }
  // The last value of the field's counter before a window that begins then, if it is not older than a window.
  const carried* before(std::uint32_t field, std::int64_t begin, std::int64_t window_length) const noexcept;

  std::string series;       // packed_series.hpp
  std::vector<pane> panes;  // ascending
  std::vector<carried> carries;
  std::int64_t closed = std::numeric_limits<std::int64_t>::min();  // the last window that was closed
  std::int64_t newest = std::numeric_limits<std::int64_t>::min();  // of the times
  std::int64_t heard = 0;                                          // by the clock that never jumps

 private:
  void close_to(std::int64_t last, const geometry& of, const accumulator& how, const visitor& visit);
  void carry(const pane& from, const accumulator& how);
};

}  // namespace tidegate::aggregate
