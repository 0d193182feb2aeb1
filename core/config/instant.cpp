#include "config/instant.hpp"

#include <charconv>
#include <chrono>

namespace tidegate::config {

namespace {

// Takes a text apart from its beginning. After the first thing that does not fit, nothing does.
class reader {
 public:
  explicit reader(std::string_view text) : rest_{text} {}

  int number(std::size_t digits, int min, int max) {
    int value = 0;
    if (rest_.size() < digits) return fail();
    const auto* end = rest_.data() + digits;
    const auto [stopped, failed] = std::from_chars(rest_.data(), end, value);
    if (failed != std::errc{} || stopped != end || rest_.front() == '-' || value < min || value > max)
      return fail();
    rest_.remove_prefix(digits);
    return value;
  }
  // Whether one of these letters is next, and which; '\0' if none is.
  char one_of(std::string_view letters) {
    if (rest_.empty() || letters.find(rest_.front()) == std::string_view::npos) return '\0';
    const auto letter = rest_.front();
    rest_.remove_prefix(1);
    return letter;
  }
  void expect(std::string_view letters) {
    if (one_of(letters) == '\0') fail();
  }
  // Nanoseconds, of what stands behind the point.
  int fraction() {
    int value = 0;
    int digits = 0;
    for (; digits < 9 && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++digits) {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (digits == 0) return fail();
    for (; digits < 9; ++digits) value *= 10;
    return value;
  }
  bool complete() const noexcept { return !failed_ && rest_.empty(); }
  int fail() noexcept {
    failed_ = true;
    return 0;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// Minutes that the local time is ahead.
int take_zone(reader& from) {
  const auto sign = from.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return 0;
  if (sign == '\0') return from.fail();
  const auto hours = from.number(2, 0, 23);
  from.expect(":");
  const auto minutes = hours * 60 + from.number(2, 0, 59);
  return sign == '-' ? -minutes : minutes;
}

}  // namespace

quantity parse_instant(std::string_view text) {
  using namespace std::chrono;
  reader from{text};
  // What 64 bits of nanoseconds can hold.
  const auto year = from.number(4, 1678, 2261);
  from.expect("-");
  const auto month = from.number(2, 1, 12);
  from.expect("-");
  const auto day = from.number(2, 1, 31);
  from.expect("Tt ");
  const auto hour = from.number(2, 0, 23);
  from.expect(":");
  const auto minute = from.number(2, 0, 59);
  from.expect(":");
  const auto second = from.number(2, 0, 60);
  const auto fraction = from.one_of(".") != '\0' ? from.fraction() : 0;
  const auto ahead = take_zone(from);
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!from.complete() || !date.ok())
    return {std::nullopt, "it must be a date and time with its zone, such as 2026-01-02T03:04:05Z"};
  const auto seconds_since = sys_days{date}.time_since_epoch() + hours{hour} + minutes{minute - ahead} +
                             std::chrono::seconds{second};
  return {nanoseconds{seconds_since}.count() + fraction, {}};
}

}  // namespace tidegate::config
