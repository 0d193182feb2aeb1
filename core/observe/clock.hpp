// Time, handed in wherever it matters, so that a test can be at any time it likes.
#pragma once

#include <cstdint>

namespace tidegate::observe {

// Nanoseconds. Implementations may be called from any thread.
class clock {
 public:
  virtual ~clock() = default;
  virtual std::int64_t now_utc() const = 0;
  virtual std::int64_t now_monotonic() const = 0;  // never jumps, not even when the machine's time is set
};

class system_clock final : public clock {
 public:
  std::int64_t now_utc() const override;
  std::int64_t now_monotonic() const override;
};

}  // namespace tidegate::observe
