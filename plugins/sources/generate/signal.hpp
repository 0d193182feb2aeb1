// Values that look like those of a sensor, and are the same in every run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tidegate::generate {

enum class signal_kind { sine, noise, counter };

// A value is a function of the seed, the series, the field and the step alone, so that nothing has to be
// remembered however many series there are. Immutable; any thread.
class signal {
 public:
  struct settings {
    signal_kind kind = signal_kind::sine;
    std::uint64_t seed = 1;
    std::uint32_t period = 60;  // steps of a whole sine
    std::uint32_t fields = 5;   // whose sines are shifted evenly against each other
  };
  explicit signal(const settings& with);

  // The values of all fields, as many as the settings say. `step` counts the samples of one series. A sine
  // and noise lie between 0 and 100; a counter is the step plus the index of the field.
  void values(std::uint64_t series, std::uint64_t step, std::span<double> into) const noexcept;

 private:
  void sine(std::uint64_t series, std::uint64_t step, std::span<double> into) const noexcept;
  void noise(std::uint64_t series, std::uint64_t step, std::span<double> into) const noexcept;

  settings settings_;
  std::vector<double> sine_;           // one period
  std::vector<std::uint32_t> shifts_;  // by field
};

}  // namespace tidegate::generate
