#include "codec/time.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "codec/number.hpp"

namespace tidegate::codec {
namespace {

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
constexpr auto earliest = std::numeric_limits<std::int64_t>::min();
constexpr auto latest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t day = 24 * 60 * 60;
// Until then some zones changed their clocks in the middle of a minute.
constexpr std::int64_t whole_minutes_since = 94'694'400;  // 1973

constexpr std::int64_t floor_divide(std::int64_t value, std::int64_t by) noexcept {
  const auto quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

// Date and time of day of a moment, without a table of zones. The calendar is counted in years that begin
// in March, so that the leap day is their last.
std::tm civil(std::int64_t seconds) noexcept {
  const auto days = floor_divide(seconds, day);
  const auto in_day = static_cast<int>(seconds - days * day);
  const auto shifted = days + 719'468;  // since 0000-03-01
  const auto era = floor_divide(shifted, 146'097);
  const auto in_era = shifted - era * 146'097;
  const auto year_of_era = (in_era - in_era / 1460 + in_era / 36'524 - in_era / 146'096) / 365;
  const auto in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month_from_march = (5 * in_year + 2) / 153;
  const bool is_next_year = month_from_march >= 10;
  const auto year = year_of_era + era * 400 + (is_next_year ? 1 : 0);
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  std::tm made{};
  made.tm_sec = in_day % 60;
  made.tm_min = in_day / 60 % 60;
  made.tm_hour = in_day / 3600;
  made.tm_mday = static_cast<int>(in_year - (153 * month_from_march + 2) / 5 + 1);
  made.tm_mon = static_cast<int>(is_next_year ? month_from_march - 10 : month_from_march + 2);
  made.tm_year = static_cast<int>(year - 1900);
  made.tm_wday = static_cast<int>((days % 7 + 11) % 7);
  made.tm_yday = static_cast<int>(is_next_year ? in_year - 306 : in_year + 59 + (is_leap ? 1 : 0));
  return made;
}

// Those of strftime that do not depend on anything but the time. Not among them: %n and %t, which break
// lines; %s, which knows only the local zone; %E and %O.
constexpr std::string_view known_conversions = "aAbBcCdDeFgGhHIjklmMpPrRSTuUVwWxXyYzZ";
constexpr std::string_view flags = "-_0^#";

std::string refuse(std::string_view conversion) {
  const auto text = "the conversion '" + std::string{conversion} + "' is not known";
  if (conversion == "%s") return text + "; for seconds since 1970 write format: epoch_s";
  if (conversion == "%") return "ends in a single '%'; write '%%' for the character";
  return text +
         "; those of strftime are, such as %Y-%m-%d %H:%M:%S, and %3N, %6N, %9N for fractions of a second";
}

}  // namespace

// Splits a pattern into tokens.
class time_format::pattern_reader {
 public:
  explicit pattern_reader(std::string_view pattern) : rest_{pattern} {}

  // False if there is a problem.
  bool read() {
    while (!rest_.empty() && problem_.empty()) {
      const auto percent = rest_.find('%');
      literal(rest_.substr(0, percent));
      rest_.remove_prefix(percent == rest_.npos ? rest_.size() : percent);
      if (!rest_.empty()) conversion();
    }
    return problem_.empty();
  }
  const std::string& problem() const { return problem_; }
  std::vector<token> take() { return std::move(tokens_); }

 private:
  void literal(std::string_view text) {
    if (text.empty()) return;
    if (tokens_.empty() || tokens_.back().conversion != 0) tokens_.emplace_back();
    tokens_.back().text += text;
  }

  void conversion() {
    if (take_text("%%")) return literal("%");
    if (take_text("%3N")) return fraction_of(3);
    if (take_text("%6N") || take_text("%f")) return fraction_of(6);
    if (take_text("%9N") || take_text("%N")) return fraction_of(9);
    if (take_text("%:z")) return tokens_.push_back({':', {}, 0});
    if (take_text("%F")) return shorthand("%Y-%m-%d");
    if (take_text("%T")) return shorthand("%H:%M:%S");
    if (take_text("%R")) return shorthand("%H:%M");
    single();
  }

  bool take_text(std::string_view text) {
    if (rest_.substr(0, text.size()) != text) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void fraction_of(int digits) { tokens_.push_back({'N', {}, digits}); }
  void shorthand(std::string_view pattern) {
    const auto after = rest_;
    rest_ = pattern;
    read();
    rest_ = after;
  }

  void single() {
    const bool has_flag = rest_.size() > 1 && flags.find(rest_[1]) != flags.npos;
    const std::size_t length = has_flag ? 3 : 2;
    const auto letter = rest_.size() < length ? '\0' : rest_[length - 1];
    if (letter == '\0' || known_conversions.find(letter) == known_conversions.npos) {
      problem_ = refuse(rest_.substr(0, length));
      return;
    }
    constexpr std::string_view own = "YmdHMS";
    const bool is_own = !has_flag && own.find(letter) != own.npos;
    tokens_.push_back({is_own ? letter : 's', std::string{rest_.substr(0, length)}, 0});
    rest_.remove_prefix(length);
  }

  std::string_view rest_;
  std::vector<token> tokens_;
  std::string problem_;
};

std::string time_format::problem_of(std::string_view pattern) {
  pattern_reader reader{pattern};
  reader.read();
  return reader.problem();
}

time_format time_format::by_pattern(std::string_view pattern, zone in) {
  pattern_reader reader{pattern};
  reader.read();
  time_format made;
  made.tokens_ = reader.take();
  made.zone_ = in;
  if (in == zone::local) ::tzset();
  return made;
}

std::string time_format::rfc3339_pattern(int digits, zone in) {
  std::string pattern = "%Y-%m-%dT%H:%M:%S";
  if (digits != 0) pattern += ".%" + std::to_string(digits) + "N";
  return pattern + (in == zone::utc ? "Z" : "%:z");
}

time_format time_format::by_epoch(std::int64_t unit) {
  time_format made;
  made.unit_ = unit;
  made.text_.resize(number_bytes_max);
  return made;
}

std::string_view time_format::epoch(std::int64_t nanoseconds) {
  const auto* end = write_integer(text_.data(), number_at(nanoseconds));
  return {text_.data(), static_cast<std::size_t>(end - text_.data())};
}

std::int64_t time_format::number_at(std::int64_t nanoseconds) const noexcept {
  return floor_divide(nanoseconds, unit_);
}

void time_format::begin_second(std::int64_t nanoseconds) {
  const auto seconds = floor_divide(nanoseconds, nanoseconds_per_second);
  // The very first second begins before all times, and the very last one ends after them.
  const bool is_cut = seconds < earliest / nanoseconds_per_second;
  known_from_ = is_cut ? earliest : seconds * nanoseconds_per_second;
  fraction_at_begin_ =
      is_cut ? static_cast<std::uint32_t>(nanoseconds_per_second + earliest % nanoseconds_per_second) : 0;
  known_for_ = std::min(static_cast<std::uint64_t>(nanoseconds_per_second) - fraction_at_begin_,
                        static_cast<std::uint64_t>(latest) - static_cast<std::uint64_t>(known_from_) + 1);
  const auto when = broken_down(seconds);
  text_.clear();
  fractions_.clear();
  for (const auto& part : tokens_) render(part, when);
}

void time_format::render(const token& part, const std::tm& when) {
  std::array<char, 128> text;
  char* end = text.data();
  const auto two_digits = [&](int value) { end = write_digits(end, static_cast<std::uint32_t>(value), 2); };
  switch (part.conversion) {
    case 0:
      text_ += part.text;
      return;
    case 'N':
      fractions_.push_back({text_.size(), part.digits});
      text_.append(static_cast<std::size_t>(part.digits), '0');
      return;
    // The years that nanoseconds reach have four digits.
    case 'Y':
      end = write_digits(end, static_cast<std::uint32_t>(when.tm_year + 1900), 4);
      break;
    case 'm':
      two_digits(when.tm_mon + 1);
      break;
    case 'd':
      two_digits(when.tm_mday);
      break;
    case 'H':
      two_digits(when.tm_hour);
      break;
    case 'M':
      two_digits(when.tm_min);
      break;
    case 'S':
      two_digits(when.tm_sec);
      break;
    case ':': {
      const auto offset = static_cast<int>(when.tm_gmtoff < 0 ? -when.tm_gmtoff : when.tm_gmtoff);
      *end++ = when.tm_gmtoff < 0 ? '-' : '+';
      two_digits(offset / 3600);
      *end++ = ':';
      two_digits(offset / 60 % 60);
      break;
    }
    default:
      end += std::strftime(text.data(), text.size(), part.text.c_str(), &when);
  }
  text_.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

std::tm time_format::broken_down(std::int64_t seconds) {
  if (zone_ == zone::utc) {
    auto when = civil(seconds);
    when.tm_zone = "UTC";
    return when;
  }
  const auto minute = floor_divide(seconds, 60);
  if (minute != minute_ || seconds < whole_minutes_since) {
    const auto time = static_cast<std::time_t>(seconds);
    ::localtime_r(&time, &offset_);
    minute_ = minute;
  }
  auto when = civil(seconds + offset_.tm_gmtoff);
  when.tm_isdst = offset_.tm_isdst;
  when.tm_gmtoff = offset_.tm_gmtoff;
  when.tm_zone = offset_.tm_zone;
  return when;
}

void time_format::write_fraction(const fraction& part, std::uint32_t nanoseconds) noexcept {
  char* const at = text_.data() + part.offset;
  switch (part.digits) {
    case 3:
      write_digits(at, nanoseconds / 1'000'000, 3);
      break;
    case 6:
      write_digits(at, nanoseconds / 1'000, 6);
      break;
    default:
      write_digits(at, nanoseconds, 9);
  }
}

}  // namespace tidegate::codec
