#include "codec/settings.hpp"

#include <array>
#include <utility>

#include "codec/number.hpp"

namespace tidegate::codec {
namespace {

std::string in_quotes(std::string_view text) { return "'" + std::string{text} + "'"; }

bool is_text(const options& option, std::string_view text) {
  return option.type() == TIDEGATE_TYPE_STRING && option.text() == text;
}

std::string read_key(const options& option) {
  auto key = option.string();
  if (key.empty()) throw configuration_error(option.path(), "is empty; give a name, or leave the option out");
  return key;
}

void check_names(const std::vector<renamed>& entries) {
  for (std::size_t index = 0; index < entries.size(); ++index) {
    const auto& entry = entries[index];
    if (entry.output.empty() || entry.source.empty())
      throw configuration_error(entry.path, "is an empty name; give a name or remove it");
    for (std::size_t before = 0; before < index; ++before)
      if (entries[before].output == entry.output)
        throw configuration_error(
            entry.path, "names " + in_quotes(entry.output) + " a second time; remove one of the two");
  }
}

constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> epoch_units{
    {{"epoch_s", 1'000'000'000}, {"epoch_ms", 1'000'000}, {"epoch_us", 1'000}, {"epoch_ns", 1}}};

std::int64_t epoch_unit(std::string_view format) {
  for (const auto& [name, unit] : epoch_units)
    if (name == format) return unit;
  return 0;
}

void read_pattern(const options& format, time_settings& made) {
  const auto text = format.text();
  if (text.find('%') == text.npos)
    throw configuration_error(
        format.path(),
        "must be rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns or a pattern with '%' such as "
        "%Y-%m-%d %H:%M:%S; this is " +
            in_quotes(text));
  const auto problem = time_format::problem_of(text);
  if (!problem.empty()) throw configuration_error(format.path(), problem);
  made.pattern = text;
}

int digits_of(std::string_view precision) {
  if (precision == "s") return 0;
  return precision == "ns" ? 9 : precision == "us" ? 6 : 3;
}

void read_format(const options& time, std::string_view default_format, time_settings& made) {
  const auto format = text_or(time, "format", default_format);
  made.in = text_or(time, "zone", "utc") == "local" ? zone::local : zone::utc;
  made.unit = epoch_unit(format);
  if (made.unit != 0 && time.has("zone"))
    throw configuration_error("time.zone",
                              "has no meaning for " + format + ", which counts from 1970 UTC; remove it");
  if (format != "rfc3339" && time.has("precision"))
    throw configuration_error("time.precision",
                              "is for the format rfc3339; here it is " + in_quotes(format) +
                                  (made.unit != 0 ? "; choose another epoch format instead"
                                                  : "; write %3N, %6N or %9N in the pattern instead"));
  if (format == "rfc3339")
    made.pattern = time_format::rfc3339_pattern(digits_of(text_or(time, "precision", "ms")), made.in);
  else if (made.unit == 0)
    read_pattern(time["format"], made);
}

}  // namespace

std::string text_or(const options& encoding, std::string_view key, std::string_view otherwise) {
  return encoding.has(key) ? encoding[key].string() : std::string{otherwise};
}

std::vector<renamed> read_renamed(const options& list_or_map) {
  std::vector<renamed> made;
  const bool is_map = list_or_map.type() == TIDEGATE_TYPE_MAP;
  for (std::uint32_t index = 0; index < list_or_map.size(); ++index) {
    const auto entry = list_or_map[index];
    made.push_back(
        {is_map ? std::string{list_or_map.key(index)} : entry.string(), entry.string(), entry.path()});
  }
  check_names(made);
  return made;
}

selection read_selection(const options& encoding, std::string_view key) {
  selection made;
  if (!encoding.has(key)) return made;
  const auto option = encoding[key];
  if (is_text(option, "all")) return made;
  made.all = false;
  if (!is_text(option, "none")) made.chosen = read_renamed(option);
  return made;
}

value_settings read_values(const options& encoding) {
  value_settings made;
  if (encoding.has("decimals")) {
    const auto decimals = encoding["decimals"].integer();
    if (decimals < 0 || decimals > decimals_max)
      throw configuration_error("decimals", "must be from 0 to " + std::to_string(decimals_max) +
                                                "; this is " + std::to_string(decimals));
    made.decimals = static_cast<int>(decimals);
  }
  const auto non_finite = text_or(encoding, "not_a_number", "empty");
  made.non_finite = non_finite == "omit"   ? not_a_number::omit
                    : non_finite == "text" ? not_a_number::text
                                           : not_a_number::empty;
  made.big_integers_as_text = text_or(encoding, "big_integers", "number") == "text";
  return made;
}

time_settings read_time(const options& encoding, std::string_view default_format) {
  time_settings made;
  made.unit = epoch_unit(default_format);
  const tidegate_value nothing{};
  const auto time = encoding.has("time") ? encoding["time"] : options{nothing, "time"};
  if (is_text(time, "none")) {
    made.is_written = false;
    return made;
  }
  if (time.has("as")) made.key = read_key(time["as"]);
  read_format(time, default_format, made);
  return made;
}

std::optional<std::string> read_name(const options& encoding) {
  if (!encoding.has("name")) return "name";
  const auto name = encoding["name"];
  if (is_text(name, "none")) return std::nullopt;
  return name.has("as") ? read_key(name["as"]) : "name";
}

void refuse_options(const options& encoding, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    if (encoding.has(key))
      throw configuration_error(
          std::string{key},
          "does not apply to the type " + in_quotes(text_or(encoding, "type", "ndjson")) + "; remove it");
}

}  // namespace tidegate::codec
