// InfluxDB line protocol.
#include <algorithm>
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

struct line_settings {
  time_settings time;
  selection tags;
  selection fields;
  value_settings values;
};

line_settings read_settings(const options& encoding) {
  refuse_options(encoding, {"layout", "name", "missing", "style", "array", "not_a_number", "big_integers",
                            "columns", "header", "delimiter"});
  line_settings made;
  made.time = read_time(encoding, "epoch_ns");
  if (encoding.has("time") && encoding["time"].has("as"))
    throw configuration_error("time.as",
                              "has no meaning in line protocol, where the time has no name; remove it");
  if (made.time.is_written && made.time.unit == 0)
    throw configuration_error("time.format",
                              "must be epoch_ns, epoch_us, epoch_ms or epoch_s in line protocol; this is '" +
                                  encoding["time"]["format"].string() + "'");
  made.tags = read_selection(encoding, "tags");
  made.fields = read_selection(encoding, "fields");
  made.values = read_values(encoding);
  return made;
}

// ---- Text ---------------------------------------------------------------------------------------------

using measurement_special = special_bytes<false, ',', ' ', '\n', '\r', '\t', '\\'>;
using key_special = special_bytes<false, ',', '=', ' ', '\n', '\r', '\t', '\\'>;
using string_special = special_bytes<false, '"', '\\'>;

// A backslash stands for itself, unless what follows would then be taken as escaped: there is no way to
// write it in that place.
std::string_view replace_in_key(const char* at, const char* end) noexcept {
  switch (*at) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case ',':
      return "\\,";
    case '=':
      return "\\=";
    case ' ':
      return "\\ ";
    default:
      break;
  }
  constexpr std::string_view escaped = ",= ";
  const bool swallows = at + 1 == end || escaped.find(at[1]) != escaped.npos;
  return swallows ? "/" : "\\";
}

template <class Special = key_special>
void append_key(std::string& to, std::string_view text, Special special = {}) {
  transcribe(
      text, special, [](const char* at, const char* end, std::size_t&) { return replace_in_key(at, end); },
      [&](std::string_view piece) { to += piece; });
}

void append_measurement(std::string& to, std::string_view name) {
  // Else the line would be a comment.
  if (name.front() == '#') to += '\\';
  append_key(to, name, measurement_special{});
}

// ---- The encoder --------------------------------------------------------------------------------------

class line_protocol_encoder final : public encoder {
 public:
  explicit line_protocol_encoder(line_settings settings)
      : settings_{std::move(settings)},
        time_{time_format::by_epoch(std::max<std::int64_t>(settings_.time.unit, 1))} {}

  void encode(std::span<const tidegate_slice> slices, std::uint32_t first, std::uint32_t count,
              std::string& out) override {
    output to{scratch_, out};
    auto* at = to.begin();
    for_each_sample(
        slices, first, count, fragments_, [&](const batch_view& batch) { forget(batch); },
        [&](const sample_view& sample) { at = line(to, at, sample); });
    to.finish(at);
  }

  std::string_view content_type() const noexcept override { return "text/plain; charset=utf-8"; }
  std::string_view file_extension() const noexcept override { return "lp"; }

 private:
  struct column_plan {
    fragment key;  // "usage="
    std::uint32_t index;
    tidegate::type type;
  };
  struct shape_plan {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  void forget(const batch_view& batch) {
    fragments_.clear();
    columns_.clear();
    series_.clear(batch.series_count());
    shapes_.clear(batch.shape_count());
  }

  static bool is_writable(const column_plan& of, const sample_view& sample) noexcept {
    return of.type != type::f64 || std::isfinite(std::bit_cast<double>(sample.slots()[of.index]));
  }

  char* line(output& to, char* at, const sample_view& sample) {
    const auto shape = plan_of_shape(sample);
    const auto* column = columns_.data() + shape.first;
    const auto* const end = column + shape.count;
    while (column != end && !is_writable(*column, sample)) ++column;
    if (column == end) return at;  // a line without a field is not valid
    at = fragments_.write(to, at, head_of(sample));
    for (; column != end; ++column)
      if (is_writable(*column, sample)) at = field(to, at, *column, sample);
    at = to.reserve(at, number_bytes_max + 8);
    --at;  // the comma behind the last field
    if (settings_.time.is_written) {
      *at++ = ' ';
      at = to.append(at, time_.at(sample.time()));
    }
    at = to.reserve(at, 1);
    *at++ = '\n';
    return at;
  }

  char* field(output& to, char* at, const column_plan& of, const sample_view& sample) {
    at = fragments_.write(to, at, of.key);
    at = to.reserve(at, number_bytes_max + 8);
    const auto slot = sample.slots()[of.index];
    switch (of.type) {
      case type::boolean:
        std::memcpy(at, slot != 0 ? "true" : "false", 5);
        at += slot != 0 ? 4 : 5;
        break;
      case type::i64:
        at = write_integer(at, static_cast<std::int64_t>(slot));
        *at++ = 'i';
        break;
      case type::u64:
        at = write_integer(at, slot);
        *at++ = 'u';
        break;
      case type::f64:
        at = write_float(at, std::bit_cast<double>(slot), settings_.values.decimals);
        break;
      default:
        at = text(to, at, sample.value(of.index));
    }
    *at++ = ',';
    return at;
  }

  static char* text(output& to, char* at, field_value value) {
    *at++ = '"';
    const auto emit = [&](std::string_view piece) { at = to.append(at, piece); };
    if (value.type() == type::bytes) {
      base64_text(value.as_text(), emit);
    } else {
      transcribe(
          value.as_text(), string_special{},
          [](const char* byte, const char*, std::size_t&) {
            return *byte == '"' ? std::string_view{"\\\""} : std::string_view{"\\\\"};
          },
          emit);
    }
    at = to.reserve(at, 8);
    *at++ = '"';
    return at;
  }

  shape_plan plan_of_shape(const sample_view& sample) {
    bool known;
    auto& plan = shapes_.at(sample.shape_index(), known);
    if (known) return plan;
    plan.first = static_cast<std::uint32_t>(columns_.size());
    for (const auto& chosen : chooser_.choose(sample.shape(), settings_.fields, false)) {
      work_.clear();
      append_key(work_, chosen.name);
      work_ += '=';
      columns_.push_back({fragments_.add(work_), chosen.index, chosen.type});
    }
    plan.count = static_cast<std::uint32_t>(columns_.size()) - plan.first;
    return plan;
  }

  // Measurement and tags: "cpu,host=x ".
  fragment head_of(const sample_view& sample) {
    bool known;
    auto& head = series_.at(sample.series_index(), known);
    if (known) return head;
    work_.clear();
    append_measurement(work_, sample.name());
    if (settings_.tags.all) {
      for (const auto tag : sample.series().tags()) append_tag(tag.key, tag.value);
    } else {
      for (const auto& chosen : settings_.tags.chosen)
        if (const auto value = sample.series().tag(chosen.source)) append_tag(chosen.output, *value);
    }
    work_ += ' ';
    return head = fragments_.add(work_);
  }

  void append_tag(std::string_view key, std::string_view value) {
    if (value.empty()) return;  // cannot be written
    work_ += ',';
    append_key(work_, key);
    work_ += '=';
    append_key(work_, value);
  }

  const line_settings settings_;
  time_format time_;

  scratch scratch_;
  std::string work_;
  fragment_store fragments_;
  column_chooser chooser_;
  std::vector<column_plan> columns_;
  block_table<fragment> series_;
  block_table<shape_plan> shapes_;
};

}  // namespace

std::unique_ptr<encoder> make_line_protocol(const options& encoding) {
  return std::make_unique<line_protocol_encoder>(read_settings(encoding));
}

}  // namespace tidegate::codec
