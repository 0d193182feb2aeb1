#include "cli/written_sample.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "codec/time.hpp"
#include "config/instant.hpp"
#include "config/message.hpp"
#include "config/units.hpp"

namespace tidegate::cli {

namespace {

using config::child_path;
using config::node;

// Reads one sample; all that is wrong goes to `said_`.
class sample_reader {
 public:
  explicit sample_reader(config::diagnostics& said) : said_{said} {}

  written_sample read(const node& given, const std::string& path) {
    written_sample made;
    if (given.type != node::kind::map) {
      said_.error(given.where, path, "must be a sample such as {name: plc, fields: {temperature: 21.5}}");
      return made;
    }
    for (const auto& [key, where, held] : given.entries) {
      const auto at = child_path(path, key);
      if (key == "time")
        made.time =
            take(config::parse_instant(held.text), held, at, "a time such as \"2026-01-01T00:00:10Z\"");
      else if (key == "age")
        made.age = take(config::parse_duration(held.text), held, at, "a duration such as 5s").value_or(0);
      else if (key == "name")
        made.name = text(held, at);
      else if (key == "tags")
        made.tags = tags(held, at);
      else if (key == "fields")
        made.fields = fields(held, at);
      else
        said_.error(where, at,
                    "unknown key" + config::suggestion(key, {"time", "age", "name", "tags", "fields"}));
    }
    return made;
  }

 private:
  std::optional<std::int64_t> take(const config::quantity& read, const node& given, const std::string& path,
                                   const std::string& wanted) {
    if (!read.value)
      said_.error(given.where, path, "must be " + wanted + "; this is " + config::in_quotes(given.text));
    return read.value;
  }
  std::string text(const node& given, const std::string& path) {
    if (given.type == node::kind::scalar) return given.text;
    said_.error(given.where, path, "must be a text");
    return {};
  }
  bool is_map(const node& given, const std::string& path) {
    if (given.type == node::kind::map) return true;
    said_.error(given.where, path, "must be a map, {} if there are none");
    return false;
  }
  std::vector<std::pair<std::string, std::string>> tags(const node& given, const std::string& path) {
    std::vector<std::pair<std::string, std::string>> all;
    if (is_map(given, path))
      for (const auto& each : given.entries)
        all.emplace_back(each.key, text(each.value, child_path(path, each.key)));
    return all;
  }
  std::vector<std::pair<std::string, written_value>> fields(const node& given, const std::string& path) {
    std::vector<std::pair<std::string, written_value>> all;
    if (!is_map(given, path)) return all;
    for (const auto& each : given.entries) {
      const auto at = child_path(path, each.key);
      if (auto made = value(each.value, at))
        all.emplace_back(each.key, std::move(*made));
      else
        said_.error(each.value.where, at,
                    "must be a number, a boolean or a text, or one with its type such as {u64: 5}; types are "
                    "bool, i64, u64, f64, string");
    }
    return all;
  }

  std::optional<written_value> value(const node& given, const std::string&) {
    if (given.type == node::kind::map && given.entries.size() == 1)
      return typed(given.entries[0].key, given.entries[0].value);
    if (given.type != node::kind::scalar) return std::nullopt;
    if (given.quoted) return written_value{given.text};
    if (const auto flag = config::parse_boolean(given.text)) return written_value{*flag};
    if (const auto whole = config::parse_integer(given.text)) return written_value{*whole};
    if (const auto number = any_number(given.text)) return written_value{*number};
    return written_value{given.text};
  }
  // With those that have names.
  static std::optional<double> any_number(const std::string& text) {
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    if (text == "nan" || text == ".nan") return std::numeric_limits<double>::quiet_NaN();
    if (text == "inf" || text == ".inf") return infinity;
    if (text == "-inf" || text == "-.inf") return -infinity;
    return config::parse_number(text);
  }
  static std::optional<written_value> typed(const std::string& type, const node& given) {
    if (given.type != node::kind::scalar) return std::nullopt;
    if (type == "string") return written_value{given.text, true};
    if (type == "bool") {
      const auto flag = config::parse_boolean(given.text);
      return flag ? std::optional{written_value{*flag, true}} : std::nullopt;
    }
    if (type == "i64") {
      const auto whole = config::parse_integer(given.text);
      return whole ? std::optional{written_value{*whole, true}} : std::nullopt;
    }
    if (type == "u64") {
      std::uint64_t whole = 0;
      const auto* end = given.text.data() + given.text.size();
      const auto [stopped, wrong] = std::from_chars(given.text.data(), end, whole);
      return wrong == std::errc{} && stopped == end ? std::optional{written_value{whole, true}}
                                                    : std::nullopt;
    }
    const auto number = any_number(given.text);
    return type == "f64" && number ? std::optional{written_value{*number, true}} : std::nullopt;
  }

  config::diagnostics& said_;
};

// What arithmetic leaves behind is far below this; what a sensor measures is far above.
bool nearly_same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

template <class Integer>
bool is_whole(const field_value& came, Integer wanted, bool is_exact) {
  constexpr auto own = std::is_signed_v<Integer> ? type::i64 : type::u64;
  if (is_exact && came.type() != own) return false;
  switch (came.type()) {
    case type::i64:
      return std::cmp_equal(came.as_i64(), wanted);
    case type::u64:
      return std::cmp_equal(came.as_u64(), wanted);
    case type::f64:
      return nearly_same(came.as_f64(), static_cast<double>(wanted));
    default:
      return false;
  }
}

bool fits(const written_value& expected, const field_value& came) {
  const auto& wanted = expected.data;
  if (const auto* flag = std::get_if<bool>(&wanted))
    return came.type() == type::boolean && came.as_boolean() == *flag;
  if (const auto* text = std::get_if<std::string>(&wanted))
    return (came.type() == type::string || (came.type() == type::bytes && !expected.is_exact)) &&
           came.as_text() == *text;
  if (const auto* whole = std::get_if<std::int64_t>(&wanted))
    return is_whole(came, *whole, expected.is_exact);
  if (const auto* whole = std::get_if<std::uint64_t>(&wanted))
    return is_whole(came, *whole, expected.is_exact);
  return came.type() == type::f64 && nearly_same(came.as_f64(), std::get<double>(wanted));
}

// ---- as text ---------------------------------------------------------------------------------------

bool is_plain(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(),
                     [](char letter) {
                       return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                              letter == '_' || (letter >= '0' && letter <= '9') || letter == '-' ||
                              letter == '.';
                     }) &&
         !(text[0] >= '0' && text[0] <= '9') && text[0] != '-' && text[0] != '.';
}

std::string quoted(std::string_view text) {
  std::string made = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') made += '\\';
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      static constexpr char digits[] = "0123456789abcdef";
      made += "\\x";
      made += digits[static_cast<unsigned char>(letter) >> 4];
      made += digits[letter & 15];
    } else {
      made += letter;
    }
  }
  return made + '"';
}

std::string name_text(std::string_view name) {
  const bool is_word = name == "true" || name == "false" || name == "null" || name == "nan" || name == "inf";
  return is_plain(name) && !is_word ? std::string{name} : quoted(name);
}

std::string number_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  char digits[32];
  std::string text{digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string value_text(const field_value& value) {
  switch (value.type()) {
    case type::boolean:
      return value.as_boolean() ? "true" : "false";
    case type::i64:
      return std::to_string(value.as_i64());
    case type::u64:
      return value.as_u64() >> 63 == 0 ? std::to_string(value.as_u64())
                                       : "{u64: " + std::to_string(value.as_u64()) + "}";
    case type::f64:
      return number_text(value.as_f64());
    default:
      return quoted(value.as_text());
  }
}

std::string value_text(const written_value& value) {
  struct visitor {
    bool is_exact;
    std::string with_type(const char* type, const std::string& text) const {
      return is_exact ? std::string{"{"} + type + ": " + text + "}" : text;
    }
    std::string operator()(bool flag) const { return with_type("bool", flag ? "true" : "false"); }
    std::string operator()(std::int64_t whole) const { return with_type("i64", std::to_string(whole)); }
    std::string operator()(std::uint64_t whole) const { return with_type("u64", std::to_string(whole)); }
    std::string operator()(double number) const { return with_type("f64", number_text(number)); }
    std::string operator()(const std::string& text) const { return with_type("string", quoted(text)); }
  };
  return std::visit(visitor{value.is_exact}, value.data);
}

// As few digits behind the second as say all.
std::string time_text(std::int64_t time) {
  const int digits = time % 1'000'000'000 == 0 ? 0 : time % 1'000'000 == 0 ? 3 : time % 1000 == 0 ? 6 : 9;
  auto format = codec::time_format::by_pattern(codec::time_format::rfc3339_pattern(digits, codec::zone::utc),
                                               codec::zone::utc);
  return '"' + std::string{format.at(time)} + '"';
}

// {key: value, ...}
class flow_map {
 public:
  void add(std::string_view key, const std::string& value) {
    text_ += (text_.size() > 1 ? ", " : "") + name_text(key) + ": " + value;
  }
  std::string done() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

}  // namespace

std::vector<written_sample> read_samples(const node& given, const std::string& path,
                                         config::diagnostics& said) {
  std::vector<written_sample> all;
  if (given.type != node::kind::list) {
    said.error(given.where, path, "must be a list of samples, [] if there are none");
    return all;
  }
  for (std::size_t index = 0; index < given.items.size(); ++index)
    all.push_back(sample_reader{said}.read(given.items[index], child_path(path, index)));
  return all;
}

void add_to(batch_builder& batch, const written_sample& sample, const std::string& source, std::int64_t now) {
  std::vector<tag_view> tags;
  if (sample.tags)
    for (const auto& [key, value] : *sample.tags) tags.push_back({key, value});
  const auto series = batch.series(sample.name.value_or(source), tags);
  auto made = batch.sample(series, sample.time.value_or(now - sample.age));
  if (!sample.fields) return;
  for (const auto& [name, value] : *sample.fields)
    std::visit(
        [&, key = std::string_view{name}](const auto& data) {
          if constexpr (std::is_same_v<std::decay_t<decltype(data)>, std::string>)
            made.field(key, std::string_view{data});
          else
            made.field(key, data);
        },
        value.data);
}

bool fits(const written_sample& expected, const sample_view& came) {
  if (expected.time && *expected.time != came.time()) return false;
  if (expected.name && *expected.name != came.name()) return false;
  if (expected.tags) {
    std::size_t found = 0;
    for (const auto tag : came.series().tags()) {
      const std::pair<std::string, std::string> wanted{tag.key, tag.value};
      if (std::find(expected.tags->begin(), expected.tags->end(), wanted) == expected.tags->end())
        return false;
      ++found;
    }
    if (found != expected.tags->size()) return false;
  }
  if (!expected.fields) return true;
  if (expected.fields->size() != came.size()) return false;
  return std::all_of(expected.fields->begin(), expected.fields->end(), [&](const auto& each) {
    const auto value = came.find(each.first);
    return value && fits(each.second, *value);
  });
}

std::string to_text(const written_sample& expected) {
  flow_map all;
  if (expected.time) all.add("time", time_text(*expected.time));
  if (expected.name) all.add("name", name_text(*expected.name));
  if (expected.tags) {
    flow_map tags;
    for (const auto& [key, value] : *expected.tags) tags.add(key, name_text(value));
    all.add("tags", tags.done());
  }
  if (expected.fields) {
    flow_map fields;
    for (const auto& [name, value] : *expected.fields) fields.add(name, value_text(value));
    all.add("fields", fields.done());
  }
  return all.done();
}

std::string to_text(const sample_view& came) {
  flow_map all;
  all.add("time", time_text(came.time()));
  all.add("name", name_text(came.name()));
  flow_map tags;
  for (const auto tag : came.series().tags()) tags.add(tag.key, name_text(tag.value));
  all.add("tags", tags.done());
  flow_map fields;
  for (std::uint32_t column = 0; column < came.size(); ++column)
    fields.add(came.shape()[column].name, value_text(came.value(column)));
  all.add("fields", fields.done());
  return all.done();
}

}  // namespace tidegate::cli
