// What a unit says when it answers a request by an exception.
#pragma once

#include <string>

namespace tidegate::modbus {

// The codes that mean that a gateway has not reached the unit, which is as good as no answer.
constexpr bool says_that_the_unit_is_away(int code) noexcept { return code == 10 || code == 11; }

// "illegal data address; ..." with the mend.
std::string text_of_exception(int code);

}  // namespace tidegate::modbus
