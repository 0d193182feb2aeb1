#include "signal.hpp"

#include <cmath>
#include <numbers>

namespace tidegate::generate {

namespace {

// Steps between two random points; in between lies a straight line.
constexpr std::uint64_t noise_steps = 16;

// The finalizer of splitmix64: every bit of the result depends on every bit of the number.
std::uint64_t mix(std::uint64_t number) noexcept {
  number += 0x9e3779b97f4a7c15u;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
  return number ^ (number >> 31);
}

double to_percent(std::uint64_t random) noexcept {
  return static_cast<double>(random >> 11) * (100.0 / static_cast<double>(std::uint64_t{1} << 53));
}

}  // namespace

signal::signal(const settings& with) : settings_{with} {
  if (with.kind != signal_kind::sine) return;
  for (std::uint32_t step = 0; step < with.period; ++step)
    sine_.push_back(50 + 50 * std::sin(2 * std::numbers::pi * step / with.period));
  for (std::uint64_t field = 0; field < with.fields; ++field)
    shifts_.push_back(static_cast<std::uint32_t>(field * with.period / with.fields));
}

void signal::values(std::uint64_t series, std::uint64_t step, std::span<double> into) const noexcept {
  switch (settings_.kind) {
    case signal_kind::sine:
      return sine(series, step, into);
    case signal_kind::noise:
      return noise(series, step, into);
    case signal_kind::counter:
      break;
  }
  for (std::size_t field = 0; field < into.size(); ++field) into[field] = static_cast<double>(step + field);
}

void signal::sine(std::uint64_t series, std::uint64_t step, std::span<double> into) const noexcept {
  const auto phase = mix(settings_.seed + series) % settings_.period;
  const auto begin = (step + phase) % settings_.period;
  for (std::size_t field = 0; field < into.size(); ++field) {
    const auto at = begin + shifts_[field];
    into[field] = sine_[at < settings_.period ? at : at - settings_.period];
  }
}

void signal::noise(std::uint64_t series, std::uint64_t step, std::span<double> into) const noexcept {
  const auto line = mix(settings_.seed + series);
  const auto between = static_cast<double>(step % noise_steps) / static_cast<double>(noise_steps);
  for (std::size_t field = 0; field < into.size(); ++field) {
    const auto own = mix(line + field);
    const auto from = to_percent(mix(own + step / noise_steps));
    const auto to = to_percent(mix(own + step / noise_steps + 1));
    into[field] = from + (to - from) * between;
  }
}

}  // namespace tidegate::generate
