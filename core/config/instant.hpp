// Points in time, as operators write them.
#pragma once

#include <string_view>

#include "config/units.hpp"

namespace tidegate::config {

// RFC 3339: "2026-01-02T03:04:05Z", with up to nine digits of a fraction, or +09:00 for Z. In nanoseconds
// since 1970, UTC; a leap second is the second after it.
quantity parse_instant(std::string_view text);

}  // namespace tidegate::config
