#include "codec/format/time_reader.hpp"

#include <array>
#include <ctime>
#include <limits>
#include <utility>

namespace tidegate::codec {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// Whole seconds whose nanoseconds fit 64 bits.
constexpr std::int64_t seconds_max = std::numeric_limits<std::int64_t>::max() / second - 1;

constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> epochs{
    {{"epoch_s", second}, {"epoch_ms", 1'000'000}, {"epoch_us", 1'000}, {"epoch_ns", 1}}};

constexpr std::string_view conversions = "YymdeHIMSpbBhaAjfNzZsFTRD%";
constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                                  "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 12> long_months{"january",   "february", "march",    "april",
                                                       "may",       "june",     "july",     "august",
                                                       "september", "october",  "november", "december"};

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }
bool is_letter(char byte) noexcept { return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'; }
bool is_leap(int year) noexcept { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(int year, int month) noexcept {
  constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// The calendar is counted in years that begin in March, so that the leap day is their last.
std::int64_t days_since_1970(int year, int month, int day) noexcept {
  const std::int64_t shifted = month <= 2 ? year - 1 : year;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const auto in_era = shifted - era * 400;
  const auto in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719'468;
}

// Reads from the front of a text; what fails leaves `ok` false, and everything after it as it is.
struct scanner {
  std::string_view rest;
  bool ok = true;

  bool take(char byte) noexcept {
    if (rest.empty() || rest.front() != byte) return false;
    rest.remove_prefix(1);
    return true;
  }
  void need(char byte) noexcept { ok = take(byte) && ok; }
  // From one to `digits_max` digits, or exactly as many.
  int number(int digits_max, bool exactly) noexcept {
    int value = 0;
    int digits = 0;
    for (; digits < digits_max && !rest.empty() && is_digit(rest.front()); ++digits) {
      value = value * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    if (digits == 0 || (exactly && digits != digits_max)) ok = false;
    return value;
  }
  // Digits behind a point, as nanoseconds; what is finer is cut.
  std::int64_t fraction() noexcept {
    std::int64_t value = 0;
    std::int64_t place = second / 10;
    if (rest.empty() || !is_digit(rest.front())) ok = false;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1), place /= 10)
      value += (rest.front() - '0') * place;
    return value;
  }
  std::string_view word() noexcept {
    std::size_t length = 0;
    while (length < rest.size() && is_letter(rest[length])) ++length;
    const auto made = rest.substr(0, length);
    rest.remove_prefix(length);
    if (length == 0) ok = false;
    return made;
  }
};

bool equals(std::string_view word, std::string_view lower) noexcept {
  if (word.size() != lower.size()) return false;
  for (std::size_t index = 0; index < word.size(); ++index)
    if ((word[index] | 0x20) != lower[index]) return false;
  return true;
}

struct parsed {
  civil_time when;
  bool is_afternoon = false;
  bool is_twelve_hours = false;
  int day_of_year = 0;
  std::optional<std::int64_t> offset;  // of the zone, in seconds east
  std::optional<std::int64_t> epoch;   // in seconds
};

// "Z", "+09:00", "+0900", "+09"
void read_zone(scanner& in, parsed& to) noexcept {
  if (in.take('Z') || in.take('z')) {
    to.offset = 0;
    return;
  }
  const bool is_west = in.take('-');
  if (!is_west) in.need('+');
  const auto hours = in.number(2, true);
  int minutes = 0;
  if (in.take(':') || (!in.rest.empty() && is_digit(in.rest.front()))) minutes = in.number(2, true);
  if (hours > 23 || minutes > 59) in.ok = false;
  const std::int64_t east = hours * 3600 + minutes * 60;
  to.offset = is_west ? -east : east;
}

void read_date(scanner& in, parsed& to) noexcept {
  to.when.year = in.number(4, true);
  in.need('-');
  to.when.month = in.number(2, true);
  in.need('-');
  to.when.day = in.number(2, true);
}

void read_clock(scanner& in, parsed& to) noexcept {
  to.when.hour = in.number(2, true);
  in.need(':');
  to.when.minute = in.number(2, true);
  in.need(':');
  to.when.second = in.number(2, true);
}

void read_month_name(scanner& in, parsed& to) noexcept {
  const auto word = in.word();
  for (std::size_t index = 0; index < months.size(); ++index)
    if (equals(word, months[index]) || equals(word, long_months[index])) {
      to.when.month = static_cast<int>(index) + 1;
      return;
    }
  in.ok = false;
}

void read_half_of_day(scanner& in, parsed& to) noexcept {
  const auto word = in.word();
  to.is_afternoon = equals(word, "pm");
  if (!to.is_afternoon && !equals(word, "am")) in.ok = false;
}

void read_epoch(scanner& in, parsed& to) noexcept {
  const bool is_before = in.take('-');
  std::int64_t value = 0;
  bool has_digits = false;
  for (; !in.rest.empty() && is_digit(in.rest.front()); in.rest.remove_prefix(1), has_digits = true) {
    value = value * 10 + (in.rest.front() - '0');
    if (value > seconds_max) in.ok = false, value = 0;
  }
  if (!has_digits) in.ok = false;
  to.epoch = is_before ? -value : value;
}

void convert(char conversion, scanner& in, parsed& to) noexcept {
  auto& when = to.when;
  switch (conversion) {
    case 'Y':
      when.year = in.number(4, true);
      break;
    case 'y': {
      const auto year = in.number(2, true);
      when.year = year + (year < 69 ? 2000 : 1900);  // as POSIX has it
      break;
    }
    case 'm':
      when.month = in.number(2, false);
      break;
    case 'd':
    case 'e':
      in.take(' ');
      when.day = in.number(2, false);
      break;
    case 'I':
      to.is_twelve_hours = true;
      [[fallthrough]];
    case 'H':
      when.hour = in.number(2, false);
      break;
    case 'M':
      when.minute = in.number(2, false);
      break;
    case 'S':
      when.second = in.number(2, false);
      break;
    case 'p':
      read_half_of_day(in, to);
      break;
    case 'b':
    case 'B':
    case 'h':
      read_month_name(in, to);
      break;
    case 'a':
    case 'A':
      in.word();
      break;
    case 'j':
      to.day_of_year = in.number(3, false);
      if (to.day_of_year == 0) in.ok = false;
      break;
    case 'f':
    case 'N':
      when.nanosecond = in.fraction();
      break;
    case 'z':
      read_zone(in, to);
      break;
    case 'Z': {
      const auto word = in.word();
      if (!equals(word, "z") && !equals(word, "utc") && !equals(word, "gmt")) in.ok = false;
      to.offset = 0;
      break;
    }
    case 's':
      read_epoch(in, to);
      break;
    case 'F':
      read_date(in, to);
      break;
    case 'T':
      read_clock(in, to);
      break;
    case 'R':
      when.hour = in.number(2, true);
      in.need(':');
      when.minute = in.number(2, true);
      break;
    case 'D':
      when.month = in.number(2, false);
      in.need('/');
      when.day = in.number(2, false);
      in.need('/');
      convert('y', in, to);
      break;
    default:
      in.need('%');
  }
}

void read_pattern(std::string_view pattern, scanner& in, parsed& to) noexcept {
  while (!pattern.empty() && in.ok) {
    if (pattern.front() != '%') {
      in.need(pattern.front());
      pattern.remove_prefix(1);
      continue;
    }
    pattern.remove_prefix(1);
    // %3N, %-d, %:z
    while (!pattern.empty() &&
           (is_digit(pattern.front()) || pattern.front() == '-' || pattern.front() == ':'))
      pattern.remove_prefix(1);
    if (pattern.empty()) break;
    convert(pattern.front(), in, to);
    pattern.remove_prefix(1);
  }
}

void read_rfc3339(scanner& in, parsed& to) noexcept {
  read_date(in, to);
  if (!in.take('T') && !in.take('t')) in.need(' ');
  read_clock(in, to);
  if (in.take('.') || in.take(',')) to.when.nanosecond = in.fraction();
  if (!in.rest.empty()) read_zone(in, to);
}

// In seconds, by the C library, which knows the rules of the gateway's zone.
std::optional<std::int64_t> local_seconds(const civil_time& when) noexcept {
  std::tm broken{};
  broken.tm_year = when.year - 1900;
  broken.tm_mon = when.month - 1;
  broken.tm_mday = when.day;
  broken.tm_hour = when.hour;
  broken.tm_min = when.minute;
  broken.tm_sec = when.second;
  broken.tm_isdst = -1;
  const auto made = mktime(&broken);
  return broken.tm_year + 1900 < 1678 || broken.tm_year + 1900 > 2261 ? std::nullopt
                                                                      : std::optional<std::int64_t>{made};
}

std::optional<std::int64_t> resolve(parsed& read, time_reader::zone without_zone) noexcept {
  auto& when = read.when;
  if (read.epoch) return *read.epoch * second + when.nanosecond;
  if (read.is_twelve_hours) {
    if (when.hour < 1 || when.hour > 12) return std::nullopt;
    when.hour = when.hour % 12 + (read.is_afternoon ? 12 : 0);
  }
  const auto day_of_year = read.day_of_year;
  if (day_of_year > (is_leap(when.year) ? 366 : 365)) return std::nullopt;
  if (day_of_year != 0) {
    when.month = 1;
    when.day = day_of_year;
    while (when.day > days_in(when.year, when.month)) when.day -= days_in(when.year, when.month++);
  }
  const auto utc = utc_of(when);
  if (!utc || (!read.offset && without_zone == time_reader::zone::utc)) return utc;
  if (read.offset) {
    std::int64_t moved = 0;
    if (__builtin_sub_overflow(*utc, *read.offset * second, &moved)) return std::nullopt;
    return moved;
  }
  const auto seconds = local_seconds(when);
  return seconds ? std::optional{*seconds * second + when.nanosecond} : std::nullopt;
}

// "1700000000", "1700000000.25", "-5": the unit is what one is.
std::optional<std::int64_t> epoch(std::string_view text, std::int64_t unit) noexcept {
  scanner in{text};
  const bool is_before = in.take('-');
  std::int64_t whole = 0;
  bool has_digits = false;
  for (; !in.rest.empty() && is_digit(in.rest.front()); in.rest.remove_prefix(1), has_digits = true)
    if (__builtin_mul_overflow(whole, 10, &whole) ||
        __builtin_add_overflow(whole, in.rest.front() - '0', &whole))
      return std::nullopt;
  if (!has_digits || __builtin_mul_overflow(whole, unit, &whole)) return std::nullopt;
  const auto part = in.take('.') ? in.fraction() / (second / unit) : 0;
  if (!in.ok || !in.rest.empty() || __builtin_add_overflow(whole, part, &whole)) return std::nullopt;
  return is_before ? -whole : whole;
}

bool has_any(std::string_view pattern, std::string_view letters) {
  for (std::size_t at = pattern.find('%'); at != pattern.npos; at = pattern.find('%', at)) {
    ++at;
    while (at < pattern.size() && (is_digit(pattern[at]) || pattern[at] == '-' || pattern[at] == ':')) ++at;
    if (at >= pattern.size()) return false;
    if (letters.find(pattern[at]) != letters.npos) return true;
    ++at;
  }
  return false;
}

}  // namespace

std::optional<std::int64_t> utc_of(const civil_time& when) noexcept {
  if (when.year < 1678 || when.year > 2261 || when.month < 1 || when.month > 12 || when.day < 1 ||
      when.day > days_in(when.year, when.month) || when.hour < 0 || when.hour > 23 || when.minute < 0 ||
      when.minute > 59 || when.second < 0 || when.second > 60)
    return std::nullopt;
  const auto days = days_since_1970(when.year, when.month, when.day);
  return (days * 86'400 + when.hour * 3600 + when.minute * 60 + when.second) * second + when.nanosecond;
}

time_reader::time_reader(std::string_view format, zone without_zone) : zone_{without_zone} {
  for (const auto& [name, unit] : epochs)
    if (name == format) unit_ = unit;
  if (unit_ == 0 && format != "rfc3339") pattern_ = format;
}

std::string time_reader::problem_of(std::string_view format) {
  if (format == "rfc3339") return {};
  for (const auto& [name, unit] : epochs)
    if (name == format) return {};
  if (format.find('%') == format.npos)
    return "must be rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns or a pattern with '%' such as "
           "%Y-%m-%d %H:%M:%S; this is '" +
           std::string{format} + "'";
  for (std::size_t at = format.find('%'); at != format.npos; at = format.find('%', at)) {
    ++at;
    while (at < format.size() && (is_digit(format[at]) || format[at] == '-' || format[at] == ':')) ++at;
    if (at >= format.size()) return "ends in a single '%'; write '%%' for the character";
    if (conversions.find(format[at]) == conversions.npos)
      return "has the conversion '%" + std::string{format[at]} +
             "', which is not known; those of strptime are, such as %Y-%m-%d %H:%M:%S, and %f for a fraction";
    ++at;
  }
  const bool has_day = has_any(format, "de") && has_any(format, "mbBh");
  if (has_any(format, "sFD") || (has_any(format, "Yy") && (has_day || has_any(format, "j")))) return {};
  return "has no whole date; it needs year, month and day, such as %Y-%m-%d";
}

std::optional<std::int64_t> time_reader::read(std::string_view text) const noexcept {
  if (unit_ != 0) return epoch(text, unit_);
  scanner in{text};
  parsed to;
  if (pattern_.empty())
    read_rfc3339(in, to);
  else
    read_pattern(pattern_, in, to);
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  return resolve(to, zone_);
}

}  // namespace tidegate::codec
