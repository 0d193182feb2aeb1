// JSON and NDJSON.
//
// What is the same for all samples of a series (name and tags) or of a shape (the fields' keys) is written
// out once for each block; a sample is then its time, one copy, and its values.
#include <cmath>
#include <utility>

#include "codec/block_cache.hpp"
#include "codec/columns.hpp"
#include "codec/encoders.hpp"
#include "codec/number.hpp"
#include "codec/output.hpp"
#include "codec/settings.hpp"
#include "codec/text.hpp"

namespace tidegate::codec {
namespace {

struct json_settings {
  bool one_object_a_line;
  bool array_always;
  bool flat;
  bool with_missing;
  std::string separator;  // "," or ", "
  std::string colon;
  time_settings time;
  std::optional<std::string> name;
  selection tags;
  selection fields;
  value_settings values;
};

// ---- Options that contradict each other --------------------------------------------------------------

[[noreturn]] void clash(const std::string& option, const std::string& key, const std::string& with) {
  throw configuration_error(option,
                            "the key '" + key + "' is already that of " + with + "; choose another name");
}

void check_key(const json_settings& settings, const std::string& option, const std::string& key) {
  if (settings.time.is_written && key == settings.time.key) clash(option, key, "the time");
  if (settings.name && key == *settings.name) clash(option, key, "the name");
}

void check_nested(const json_settings& settings) {
  for (const auto* key : {"tags", "fields"}) {
    const bool is_written = key[0] == 'f' || !settings.tags.is_none();
    if (!is_written) continue;
    if (settings.time.is_written && settings.time.key == key)
      clash("time.as", key, "the " + std::string{key});
    if (settings.name && *settings.name == key) clash("name.as", key, "the " + std::string{key});
  }
}

void check_flat(const json_settings& settings) {
  for (const auto& tag : settings.tags.chosen) check_key(settings, tag.path, tag.output);
  for (const auto& field : settings.fields.chosen) {
    check_key(settings, field.path, field.output);
    for (const auto& tag : settings.tags.chosen)
      if (tag.output == field.output) clash(field.path, field.output, "a tag");
  }
}

void check(const json_settings& settings) {
  if (settings.time.is_written && settings.name && settings.time.key == *settings.name)
    clash("name.as", *settings.name, "the time");
  if (settings.with_missing && settings.fields.all)
    throw configuration_error("missing", "needs chosen fields; list them under 'fields', or remove it");
  if (settings.flat)
    check_flat(settings);
  else
    check_nested(settings);
}

json_settings read_settings(const options& encoding, bool one_object_a_line) {
  refuse_options(encoding, {"columns", "header", "delimiter"});
  if (one_object_a_line) refuse_options(encoding, {"array"});
  json_settings made;
  made.one_object_a_line = one_object_a_line;
  made.array_always = text_or(encoding, "array", "auto") == "always";
  made.flat = text_or(encoding, "layout", "nested") == "flat";
  made.with_missing = text_or(encoding, "missing", "omit") == "empty";
  const bool spaced = text_or(encoding, "style", "compact") == "spaced";
  made.separator = spaced ? ", " : ",";
  made.colon = spaced ? ": " : ":";
  made.time = read_time(encoding, "rfc3339");
  made.name = read_name(encoding);
  made.tags = read_selection(encoding, "tags");
  made.fields = read_selection(encoding, "fields");
  made.values = read_values(encoding);
  check(made);
  return made;
}

// ---- The encoder --------------------------------------------------------------------------------------

class json_encoder final : public encoder {
 public:
  explicit json_encoder(json_settings settings) : settings_{std::move(settings)}, time_{make_time()} {
    std::string text = "{";
    if (settings_.time.is_written) {
      append_key(text, settings_.time.key);
      if (!time_.is_number()) text += '"';
    }
    head_ = constants_.add(text);
    behind_time_ = constants_.add((time_.is_number() ? "" : "\"") + settings_.separator);
    tail_ = constants_.add(settings_.flat ? "}" : "}}");
  }

  void encode(std::span<const tidegate_slice> slices, std::uint32_t first, std::uint32_t count,
              std::string& out) override {
    output to{scratch_, out};
    auto* at = to.begin();
    const bool is_array = !settings_.one_object_a_line && (settings_.array_always || count != 1);
    if (is_array) *at++ = '[';
    for_each_sample(
        slices, first, count, fragments_, [&](const batch_view& batch) { forget(batch); },
        [&](const sample_view& sample) {
          at = object(to, at, sample);
          if (settings_.one_object_a_line) *at++ = '\n';
          if (is_array) at = separate(at);
        });
    if (is_array) {
      if (at[-1] != '[') at -= settings_.separator.size();
      *at++ = ']';
    }
    to.finish(at);
  }

  std::string_view content_type() const noexcept override {
    return settings_.one_object_a_line ? "application/x-ndjson" : "application/json";
  }
  std::string_view file_extension() const noexcept override {
    return settings_.one_object_a_line ? "ndjson" : "json";
  }

 private:
  struct column_plan {
    fragment key;  // `"usage":`; with no_column the whole member
    std::uint32_t index;
    tidegate::type type;
    std::string_view name;
  };
  struct shape_plan {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  struct series_plan {
    fragment members;  // from behind the time to before the fields
    std::uint32_t shape = 0;
  };

  // A separator always follows a member and is taken back at the end: no decision for each member.
  char* separate(char* at) const noexcept {
    std::memcpy(at, settings_.separator.data(), settings_.separator.size());
    return at + settings_.separator.size();
  }

  time_format make_time() const {
    return settings_.time.make([](std::string_view pattern) {
      std::string escaped;
      json_text(pattern, [&](std::string_view piece) { escaped += piece; });
      return escaped;
    });
  }

  void forget(const batch_view& batch) {
    fragments_.clear();
    columns_.clear();
    series_.clear(batch.series_count());
    shapes_.clear(batch.shape_count());
  }

  // Leaves room for a few bytes.
  char* object(output& to, char* at, const sample_view& sample) {
    const auto shape = plan_of_shape(sample);
    const auto members = members_of(sample, shape);
    at = constants_.write(to, at, head_);
    if (settings_.time.is_written) {
      at = to.append(at, time_.at(sample.time()));
      at = constants_.write(to, at, behind_time_);
    }
    at = fragments_.write(to, at, members);
    const auto* column = columns_.data() + shape.first;
    for (const auto* const end = column + shape.count; column != end; ++column)
      at = field(to, at, *column, sample);
    at = to.reserve(at, 64);
    if (at[-1] != '{') at -= settings_.separator.size();
    return constants_.write(to, at, tail_);
  }

  char* field(output& to, char* at, const column_plan& of, const sample_view& sample) {
    if (of.index == no_column) return fragments_.write(to, at, of.key);
    const auto slot = sample.slots()[of.index];
    if (of.type == type::f64) return floating(to, at, of, std::bit_cast<double>(slot));
    at = fragments_.write(to, at, of.key);
    at = to.reserve(at, number_bytes_max + 8);
    switch (of.type) {
      case type::boolean:
        at = write_text(at, slot != 0 ? "true" : "false");
        break;
      case type::i64:
        at = integer(at, static_cast<std::int64_t>(slot));
        break;
      case type::u64:
        at = integer(at, slot);
        break;
      default:
        at = text(to, at, sample.value(of.index));
        break;
    }
    return separate(at);
  }

  char* floating(output& to, char* at, const column_plan& of, double value) {
    const bool is_finite = std::isfinite(value);
    const auto instead = settings_.values.non_finite;
    if (!is_finite && instead == not_a_number::omit) return at;
    at = fragments_.write(to, at, of.key);
    at = to.reserve(at, number_bytes_max + 8);
    if (is_finite)
      at = write_float(at, value, settings_.values.decimals);
    else if (instead == not_a_number::empty)
      at = write_text(at, "null");
    else
      at = write_text(at, std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return separate(at);
  }

  template <class Integer>
  char* integer(char* at, Integer value) const noexcept {
    constexpr Integer exact = Integer{1} << 53;
    bool is_big = value > exact;
    if constexpr (std::is_signed_v<Integer>) is_big = is_big || value < -exact;
    if (!is_big || !settings_.values.big_integers_as_text) return write_integer(at, value);
    *at++ = '"';
    at = write_integer(at, value);
    *at++ = '"';
    return at;
  }

  static char* write_text(char* at, std::string_view text) noexcept {
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
  }

  static char* text(output& to, char* at, field_value value) {
    *at++ = '"';
    const auto emit = [&](std::string_view piece) { at = to.append(at, piece); };
    if (value.type() == type::bytes)
      base64_text(value.as_text(), emit);
    else
      json_text(value.as_text(), emit);
    at = to.reserve(at, 8);
    *at++ = '"';
    return at;
  }

  // ---- What is worked out once for each block ----

  shape_plan plan_of_shape(const sample_view& sample) {
    bool known;
    auto& plan = shapes_.at(sample.shape_index(), known);
    if (!known) plan = plan_shape(sample.shape());
    return plan;
  }

  shape_plan plan_shape(const shape_view& shape) {
    const auto first = static_cast<std::uint32_t>(columns_.size());
    for (const auto& chosen : chooser_.choose(shape, settings_.fields, settings_.with_missing)) {
      if (is_reserved(chosen.name)) continue;
      work_.clear();
      append_key(work_, chosen.name);
      if (chosen.index == no_column) work_ += "null" + settings_.separator;
      columns_.push_back({fragments_.add(work_), chosen.index, chosen.type, chosen.name});
    }
    return {first, static_cast<std::uint32_t>(columns_.size()) - first};
  }

  // In the flat layout the time and the name keep their keys, whatever a sample brings.
  bool is_reserved(std::string_view key) const noexcept {
    if (!settings_.flat) return false;
    return (settings_.time.is_written && key == settings_.time.key) ||
           (settings_.name && key == *settings_.name);
  }

  fragment members_of(const sample_view& sample, const shape_plan& shape) {
    bool known;
    auto& plan = series_.at(sample.series_index(), known);
    // Which tags there are depends on the fields in the flat layout.
    if (known && (!settings_.flat || plan.shape == sample.shape_index())) return plan.members;
    work_.clear();
    if (settings_.name) append_member(work_, *settings_.name, sample.name());
    if (settings_.flat)
      append_tags(work_, sample.series(), shape);
    else
      append_groups(work_, sample.series());
    plan = {fragments_.add(work_), sample.shape_index()};
    return plan.members;
  }

  void append_groups(std::string& to, const series_view& series) const {
    if (!settings_.tags.is_none()) {
      append_key(to, "tags");
      to += '{';
      append_tags(to, series, {});
      if (to.back() != '{') to.resize(to.size() - settings_.separator.size());
      to += '}' + settings_.separator;
    }
    append_key(to, "fields");
    to += '{';
  }

  void append_tags(std::string& to, const series_view& series, const shape_plan& shape) const {
    if (settings_.tags.all) {
      for (const auto tag : series.tags())
        if (!is_reserved(tag.key) && !is_field(shape, tag.key)) append_member(to, tag.key, tag.value);
      return;
    }
    for (const auto& chosen : settings_.tags.chosen)
      if (const auto value = series.tag(chosen.source); value && !is_field(shape, chosen.output))
        append_member(to, chosen.output, *value);
  }

  bool is_field(const shape_plan& shape, std::string_view key) const noexcept {
    const auto* column = columns_.data() + shape.first;
    for (const auto* const end = column + shape.count; column != end; ++column)
      if (column->name == key) return true;
    return false;
  }

  void append_key(std::string& to, std::string_view key) const {
    append_json_text(to, key);
    to += settings_.colon;
  }
  void append_member(std::string& to, std::string_view key, std::string_view value) const {
    append_key(to, key);
    append_json_text(to, value);
    to += settings_.separator;
  }

  const json_settings settings_;
  time_format time_;
  fragment_store constants_;
  fragment head_;
  fragment behind_time_;
  fragment tail_;

  scratch scratch_;
  std::string work_;
  fragment_store fragments_;
  column_chooser chooser_;
  std::vector<column_plan> columns_;
  block_table<series_plan> series_;
  block_table<shape_plan> shapes_;
};

}  // namespace

std::unique_ptr<encoder> make_json(const options& encoding, bool one_object_a_line) {
  return std::make_unique<json_encoder>(read_settings(encoding, one_object_a_line));
}

}  // namespace tidegate::codec
