// Texts that stand for quantities: durations, sizes, integers, numbers, booleans.
//
// Every parser takes the whole text or nothing. Where a text can be nearly right, the result's `problem`
// says what is wrong with it, to be read after "this is 'TEXT': ".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::config {

struct quantity {
  std::optional<std::int64_t> value;
  std::string problem;
};

// "5s", "1m30s", "72h", "250ms", "1.5s", "0": in nanoseconds. Units ns, us, ms, s, m, h, d (24 h).
quantity parse_duration(std::string_view text);

// "512B", "64KiB", "4KB", "1.5GiB", "0": in bytes. KB is 1000, KiB is 1024.
quantity parse_size(std::string_view text);

// As the parsers above read them: "1m30s", "64KiB". Exact.
std::string format_duration(std::int64_t nanoseconds);
std::string format_size(std::int64_t bytes);

// Decimal, or hexadecimal with 0x; no leading zeros, which some read as octal.
std::optional<std::int64_t> parse_integer(std::string_view text);
// Finite. Integers too.
std::optional<double> parse_number(std::string_view text);
// true or false, nothing else.
std::optional<bool> parse_boolean(std::string_view text);

}  // namespace tidegate::config
