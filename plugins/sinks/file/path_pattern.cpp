#include "path_pattern.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "tidegate/error.hpp"

namespace tidegate::file_sink {
namespace {

constexpr std::string_view conversions = "YymdjHMSGVuabsz";
constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

tidegate::error wrong(const std::string& text) { return configuration_error("path", text); }

// Conversions that are short for several.
std::string_view spelled_out(char conversion) {
  switch (conversion) {
    case 'F':
      return "%Y-%m-%d";
    case 'T':
      return "%H:%M:%S";
    case 'R':
      return "%H:%M";
    default:
      return {};
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int days_in_month(int year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

struct numeric {
  int width;
  int least;
  int most;
};

// How a numeric conversion looks; width 0 for the others.
numeric number_of(char conversion) {
  switch (conversion) {
    case 'Y':
    case 'G':
      return {4, 0, 9999};
    case 'y':
      return {2, 0, 99};
    case 'm':
      return {2, 1, 12};
    case 'd':
      return {2, 1, 31};
    case 'j':
      return {3, 1, 366};
    case 'H':
      return {2, 0, 23};
    case 'M':
      return {2, 0, 59};
    case 'S':
      return {2, 0, 60};
    case 'V':
      return {2, 1, 53};
    case 'u':
      return {1, 1, 7};
    default:
      return {0, 0, 0};
  }
}

std::string decimal(long long value, int width) {
  char text[24];
  const auto length = std::snprintf(text, sizeof text, "%0*lld", width, value);
  return {text, static_cast<std::size_t>(length)};
}

// As strftime does it in the C locale; the process's locale must not change the names of files.
std::string expand(char conversion, const std::tm& time, std::int64_t seconds) {
  if (conversion == 's') return decimal(seconds, 10);
  if (conversion == 'a') return std::string{weekdays[time.tm_wday]};
  if (conversion == 'b') return std::string{months[time.tm_mon]};
  const char format[] = {'%', conversion, '\0'};
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &time)};
}

std::string stamp(std::int64_t now) {
  const auto time = broken_down(zone::utc, seconds_of(now));
  char text[64];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &time)};
}

}  // namespace

std::string_view suffix(compression how) {
  switch (how) {
    case compression::gzip:
      return ".gz";
    case compression::zstd:
      return ".zst";
    case compression::none:
      break;
  }
  return {};
}

// Reads a name from its beginning on, and remembers what the conversions said, so that a name that
// contradicts itself is refused: it was never written by strftime.
struct path_pattern::reader {
  std::string_view rest;
  std::array<int, 128> said{};

  explicit reader(std::string_view text) : rest{text} { said.fill(-1); }

  bool take(std::string_view literal) {
    if (rest.substr(0, literal.size()) != literal) return false;
    rest.remove_prefix(literal.size());
    return true;
  }
  bool digits(std::size_t count, long long& value) {
    if (rest.size() < count || !std::all_of(rest.begin(), rest.begin() + static_cast<long>(count), is_digit))
      return false;
    value = 0;
    for (const char c : rest.substr(0, count)) value = value * 10 + (c - '0');
    rest.remove_prefix(count);
    return true;
  }
  bool remember(char conversion, int value) {
    auto& known = said[static_cast<unsigned char>(conversion)];
    if (known != -1 && known != value) return false;
    known = value;
    return true;
  }
  template <std::size_t Count>
  bool one_of(char conversion, const std::string_view (&names)[Count], int first) {
    for (std::size_t index = 0; index < Count; ++index)
      if (take(names[index])) return remember(conversion, static_cast<int>(index) + first);
    return false;
  }
  bool conversion(char which) {
    long long value = 0;
    switch (which) {
      case 'a':
        return one_of(which, weekdays, 0);
      case 'b':
        return one_of('m', months, 1);
      case 's':
        return digits(10, value);
      case 'z':
        return (take("+") || take("-")) && digits(4, value);
      default:
        break;
    }
    const auto number = number_of(which);
    return digits(static_cast<std::size_t>(number.width), value) && value >= number.least &&
           value <= number.most && remember(which, static_cast<int>(value));
  }
  bool level(const path_pattern::level& tokens) {
    return std::all_of(tokens.begin(), tokens.end(), [&](const token& each) {
      return each.conversion == 0 ? take(each.literal) : conversion(each.conversion);
    });
  }
  // "20261123T030508Z" and perhaps "-1".
  bool stamp() {
    reader inner{rest};
    for (const char part : std::string_view{"YmdTHMSZ"}) {
      if (part == 'T' || part == 'Z') {
        if (!inner.take({&part, 1})) return false;
      } else if (!inner.conversion(part)) {
        return false;
      }
    }
    if (!inner.is_a_date()) return false;
    if (inner.take("-") && !inner.attempt()) return false;
    rest = inner.rest;
    return true;
  }
  bool attempt() {
    std::size_t count = 0;
    while (count < rest.size() && is_digit(rest[count])) ++count;
    if (count == 0 || count > 9 || rest[0] == '0') return false;
    rest.remove_prefix(count);
    return true;
  }
  bool is_a_date() const {
    const auto year = said['Y'] != -1 ? said['Y'] : (said['y'] != -1 ? 2000 + said['y'] : 2000);
    if (said['Y'] != -1 && said['y'] != -1 && said['Y'] % 100 != said['y']) return false;
    return said['m'] == -1 || said['d'] == -1 || said['d'] <= days_in_month(year, said['m']);
  }
};

path_pattern::path_pattern(std::string_view text, zone in) : zone_{in} {
  const auto shown = "'" + std::string{text} + "'";
  if (text.empty() || text.front() != '/') throw wrong(shown + " is not an absolute path");
  const auto slash = text.rfind('/');
  auto name = text.substr(slash + 1);
  if (name.empty() || name == "." || name == "..")
    throw wrong(shown + " names a folder; add the name of a file, as in '%Y-%m-%d.ndjson'");
  for (const auto ending : {suffix(compression::gzip), suffix(compression::zstd), partial_suffix})
    if (name.size() > ending.size() && name.substr(name.size() - ending.size()) == ending)
      throw wrong(shown + " must not end in '" + std::string{ending} +
                  "': rotated files get such an ending from the option 'compress'");

  const auto dot = name.rfind('.');
  if (dot != std::string_view::npos && dot != 0 && name.substr(dot).find('%') == std::string_view::npos) {
    extension_ = name.substr(dot);
    name = name.substr(0, dot);
  }
  // From the first folder with a conversion on, each level is matched by itself.
  auto folders = text.substr(0, slash);
  const auto percent = folders.find('%');
  const auto fixed_end = percent == std::string_view::npos ? folders.size() : folders.rfind('/', percent);
  fixed_folder_ = fixed_end == 0 ? "/" : std::string{folders.substr(0, fixed_end)};
  folders.remove_prefix(fixed_end);
  while (!folders.empty()) {
    folders.remove_prefix(1);
    const auto end = std::min(folders.find('/'), folders.size());
    if (end != 0) levels_.push_back(parse_level(folders.substr(0, end)));
    folders.remove_prefix(end);
  }
  levels_.push_back(parse_level(name));
}

path_pattern::level path_pattern::tokens_of(std::string_view text) {
  level tokens;
  for (std::size_t index = 0; index < text.size(); ++index) {
    char conversion = 0;
    char literal = text[index];
    if (literal == '%') {
      if (++index == text.size()) throw wrong("a '%' at the end of a name; write '%%' for a percent sign");
      const char which = text[index];
      if (const auto longer = spelled_out(which); !longer.empty()) {
        for (auto& each : tokens_of(longer)) tokens.push_back(std::move(each));
        continue;
      }
      if (which != '%') conversion = which;
    }
    if (conversion != 0) {
      if (conversions.find(conversion) == std::string_view::npos)
        throw wrong(
            std::string{"'%"} + conversion +
            "' cannot be used in a path; known are %Y %y %m %d %j %H %M %S %F %T %R %G %V %u %a %b %s "
            "%z %%");
      tokens.push_back({conversion, {}});
    } else if (!tokens.empty() && tokens.back().conversion == 0) {
      tokens.back().literal += literal;
    } else {
      tokens.push_back({0, std::string{literal}});
    }
  }
  return tokens;
}

path_pattern::level path_pattern::parse_level(std::string_view text) {
  auto tokens = tokens_of(text);
  for (const auto& each : tokens) changes_ = changes_ || each.conversion != 0;
  return tokens;
}

std::string path_pattern::at(std::int64_t now) const {
  const auto seconds = seconds_of(now);
  const auto time = broken_down(zone_, seconds);
  auto path = fixed_folder_ == "/" ? std::string{} : fixed_folder_;
  for (const auto& each : levels_) {
    path += '/';
    for (const auto& part : each)
      path += part.conversion == 0 ? part.literal : expand(part.conversion, time, seconds);
  }
  return path + extension_;
}

bool path_pattern::is_own_folder(std::string_view relative) const {
  reader name{relative};
  for (std::size_t index = 0; index + 1 < levels_.size(); ++index) {
    if (index != 0 && !name.take("/")) return false;
    if (!name.level(levels_[index])) return false;
    if (name.rest.empty()) return true;
  }
  return false;
}

std::optional<own_name> path_pattern::recognise(std::string_view relative) const {
  reader name{relative};
  for (std::size_t index = 0; index < levels_.size(); ++index)
    if ((index != 0 && !name.take("/")) || !name.level(levels_[index])) return std::nullopt;
  if (!name.is_a_date()) return std::nullopt;

  own_name own;
  // Where the extension could be read as the beginning of a stamp, the stamp wins.
  if (!name.rest.empty() && name.rest.front() == '.') {
    auto behind = name;
    behind.rest.remove_prefix(1);
    if (behind.stamp()) {
      own.stamped = true;
      name = behind;
    }
  }
  if (!name.take(extension_)) return std::nullopt;
  for (const auto how : {compression::gzip, compression::zstd})
    if (own.how == compression::none && name.take(suffix(how))) own.how = how;
  own.partial = own.how != compression::none && name.take(partial_suffix);
  if (!name.rest.empty()) return std::nullopt;
  // A name that never changes is never left behind as it is.
  if (!changes_ && !own.stamped && own.how != compression::none) return std::nullopt;
  return own;
}

std::string path_pattern::stamped(std::string_view path, std::int64_t now, unsigned attempt) const {
  auto name = std::string{path.substr(0, path.size() - extension_.size())};
  name += '.' + stamp(now);
  if (attempt != 0) name += '-' + std::to_string(attempt);
  return name + extension_;
}

}  // namespace tidegate::file_sink
