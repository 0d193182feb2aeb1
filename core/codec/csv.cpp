// CSV: one row a sample with chosen columns, or one row a field without.
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

struct csv_column {
  enum class kind { time, name, tag, field, field_or_tag };
  std::string header;
  kind is;
  std::string source;
};

struct csv_settings {
  std::vector<csv_column> columns;  // empty: a row for each field
  bool with_header;
  char delimiter;
  time_settings time;
  value_settings values;
};

// ---- Options ------------------------------------------------------------------------------------------

csv_column read_column(const renamed& from) {
  constexpr std::string_view tags = "tags.";
  constexpr std::string_view fields = "fields.";
  const std::string_view source = from.source;
  if (source == "time") return {from.output, csv_column::kind::time, {}};
  if (source == "name") return {from.output, csv_column::kind::name, {}};
  if (source.size() > tags.size() && source.substr(0, tags.size()) == tags)
    return {from.output, csv_column::kind::tag, std::string{source.substr(tags.size())}};
  if (source.size() > fields.size() && source.substr(0, fields.size()) == fields)
    return {from.output, csv_column::kind::field, std::string{source.substr(fields.size())}};
  return {from.output, csv_column::kind::field_or_tag, from.source};
}

void read_columns(const options& columns, csv_settings& made) {
  if (columns.size() == 0)
    throw configuration_error("columns",
                              "is empty; list the columns, such as [time, name, usage], or remove it");
  const bool is_list = columns.type() == TIDEGATE_TYPE_LIST;
  for (const auto& entry : read_renamed(columns)) {
    auto column = read_column(entry);
    if (column.is == csv_column::kind::time && !made.time.is_written)
      throw configuration_error(entry.path,
                                "is the time, which 'time: none' leaves out; remove one of the two");
    if (column.is == csv_column::kind::time && is_list) column.header = made.time.key;
    made.columns.push_back(std::move(column));
  }
}

csv_settings read_settings(const options& encoding) {
  refuse_options(encoding, {"layout", "name", "tags", "fields", "missing", "style", "array", "big_integers"});
  csv_settings made;
  made.time = read_time(encoding, "rfc3339");
  if (encoding.has("columns")) read_columns(encoding["columns"], made);
  made.with_header = !encoding.has("header") || encoding["header"].boolean();
  const auto delimiter = text_or(encoding, "delimiter", "comma");
  made.delimiter = delimiter == "semicolon" ? ';' : delimiter == "tab" ? '\t' : ',';
  made.values = read_values(encoding);
  return made;
}

// ---- Cells --------------------------------------------------------------------------------------------

// Quotes text where it needs them.
class cell_quoter {
 public:
  explicit cell_quoter(char delimiter) noexcept : delimiter_{delimiter} {}
  // An empty text is quoted, to tell it from a cell that has no value.
  bool needs_quotes(std::string_view text) const noexcept {
    for (const char byte : text)
      if (byte == delimiter_ || byte == '"' || byte == '\r' || byte == '\n') return true;
    return text.empty();
  }
  template <class Emit>
  void cell(std::string_view text, Emit emit) const {
    if (!needs_quotes(text)) return plain_text(text, emit);
    emit("\"");
    transcribe(
        text, special_bytes<false, '"'>{},
        [](const char*, const char*, std::size_t&) { return std::string_view{"\"\""}; }, emit);
    emit("\"");
  }
  void append_cell(std::string& to, std::string_view text) const {
    cell(text, [&](std::string_view piece) { to += piece; });
  }

 private:
  char delimiter_;
};

// All tags in one text: "cpu=total;host=x", with a backslash before a ';', '=' or backslash of their own.
void append_tags(std::string& to, const series_view& series) {
  const auto append = [&](std::string_view text) {
    transcribe(
        text, special_bytes<false, ';', '=', '\\'>{},
        [](const char* at, const char*, std::size_t&) -> std::string_view {
          return *at == ';' ? "\\;" : *at == '=' ? "\\=" : "\\\\";
        },
        [&](std::string_view piece) { to += piece; });
  };
  for (const auto tag : series.tags()) {
    if (!to.empty()) to += ';';
    append(tag.key);
    to += '=';
    append(tag.value);
  }
}

// ---- What both forms have in common --------------------------------------------------------------------

class csv_encoder : public encoder {
 public:
  explicit csv_encoder(csv_settings settings)
      : settings_{std::move(settings)}, quoter_{settings_.delimiter}, time_{make_time()} {}

  void encode(std::span<const tidegate_slice> slices, std::uint32_t first, std::uint32_t count,
              std::string& out) override {
    output to{scratch_, out};
    auto* at = to.begin();
    for_each_sample(
        slices, first, count, fragments_, [&](const batch_view& batch) { start_block(batch); },
        [&](const sample_view& sample) { at = rows(to, at, sample); });
    to.finish(at);
  }

  std::string_view content_type() const noexcept override { return "text/csv; charset=utf-8"; }
  std::string_view file_extension() const noexcept override { return "csv"; }

 protected:
  // The cells of one sample, each row ended.
  virtual char* rows(output& to, char* at, const sample_view& sample) = 0;
  virtual void forget(const batch_view& batch) = 0;

  char* time_cell(output& to, char* at, std::int64_t time) { return to.append(at, time_.at(time)); }

  // Leaves room for a few bytes.
  char* value_cell(output& to, char* at, field_value value) const {
    at = to.reserve(at, number_bytes_max + 8);
    switch (value.type()) {
      case type::boolean:
        return to.append(at, value.as_boolean() ? "true" : "false");
      case type::i64:
        return write_integer(at, value.as_i64());
      case type::u64:
        return write_integer(at, value.as_u64());
      case type::f64:
        return floating(at, value.as_f64());
      default:
        return text(to, at, value);
    }
  }
  char* end_cell(output& to, char* at) const {
    at = to.reserve(at, 1);
    *at++ = settings_.delimiter;
    return at;
  }
  void append_cell(std::string& to, std::string_view text) const {
    quoter_.append_cell(to, text);
    to += settings_.delimiter;
  }
  static void end_row(std::string& to) { to.back() = '\n'; }
  bool is_written(const field_view& field) const noexcept {
    return settings_.values.non_finite != not_a_number::omit || field.value.type() != type::f64 ||
           std::isfinite(field.value.as_f64());
  }

  const csv_settings settings_;
  fragment_store fragments_;
  std::string work_;

 private:
  void start_block(const batch_view& batch) {
    fragments_.clear();
    forget(batch);
  }

  time_format make_time() const {
    return settings_.time.make([this](std::string_view pattern) {
      std::string escaped;
      quoter_.append_cell(escaped, pattern);
      return escaped;
    });
  }

  char* floating(char* at, double value) const noexcept {
    if (std::isfinite(value)) return write_float(at, value, settings_.values.decimals);
    if (settings_.values.non_finite != not_a_number::text) return at;
    const std::string_view name = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    std::memcpy(at, name.data(), name.size());
    return at + name.size();
  }

  char* text(output& to, char* at, field_value value) const {
    const auto emit = [&](std::string_view piece) { at = to.append(at, piece); };
    if (value.type() == type::string || value.as_text().empty())
      quoter_.cell(value.as_text(), emit);
    else
      base64_text(value.as_text(), emit);
    return to.reserve(at, 8);
  }

  scratch scratch_;
  cell_quoter quoter_;
  time_format time_;
};

// ---- One row a sample ----------------------------------------------------------------------------------

class wide_encoder final : public csv_encoder {
 public:
  using csv_encoder::csv_encoder;

  void preamble(std::string& out) const override {
    if (!settings_.with_header) return;
    for (const auto& column : settings_.columns) append_cell(out, column.header);
    end_row(out);
  }

 private:
  using kind = csv_column::kind;
  // Where the cells of a shape or a series begin; one for each column.
  struct plan {
    std::size_t first = 0;
  };

  void forget(const batch_view& batch) override {
    field_of_column_.clear();
    cell_of_column_.clear();
    shapes_.clear(batch.shape_count());
    series_.clear(batch.series_count());
  }

  char* rows(output& to, char* at, const sample_view& sample) override {
    const auto shape = plan_of_shape(sample);
    const auto series = plan_of_series(sample);
    const auto* fields = field_of_column_.data() + shape.first;
    const auto* cells = cell_of_column_.data() + series.first;
    for (std::size_t column = 0; column < settings_.columns.size(); ++column) {
      if (settings_.columns[column].is == kind::time)
        at = time_cell(to, at, sample.time());
      else if (fields[column] != no_column)
        at = value_cell(to, at, sample.value(fields[column]));
      else
        at = fragments_.write(to, at, cells[column]);
      at = end_cell(to, at);
    }
    at[-1] = '\n';
    return at;
  }

  plan plan_of_shape(const sample_view& sample) {
    bool known;
    auto& made = shapes_.at(sample.shape_index(), known);
    if (known) return made;
    made.first = field_of_column_.size();
    for (const auto& column : settings_.columns) {
      const bool is_field = column.is == kind::field || column.is == kind::field_or_tag;
      field_of_column_.push_back(is_field ? find_column(sample.shape(), column.source) : no_column);
    }
    return made;
  }

  plan plan_of_series(const sample_view& sample) {
    bool known;
    auto& made = series_.at(sample.series_index(), known);
    if (known) return made;
    made.first = cell_of_column_.size();
    for (const auto& column : settings_.columns) {
      work_.clear();
      if (column.is == kind::name) {
        append_cell(work_, sample.name());
      } else if (column.is == kind::tag || column.is == kind::field_or_tag) {
        if (const auto value = sample.series().tag(column.source)) append_cell(work_, *value);
      }
      if (!work_.empty()) work_.pop_back();  // the delimiter comes with every cell
      cell_of_column_.push_back(fragments_.add(work_));
    }
    return made;
  }

  std::vector<std::uint32_t> field_of_column_;
  std::vector<fragment> cell_of_column_;
  block_table<plan> shapes_;
  block_table<plan> series_;
};

// ---- One row a field -----------------------------------------------------------------------------------

class long_encoder final : public csv_encoder {
 public:
  using csv_encoder::csv_encoder;

  void preamble(std::string& out) const override {
    if (!settings_.with_header) return;
    if (settings_.time.is_written) append_cell(out, settings_.time.key);
    for (const auto* name : {"name", "tags", "field", "value"}) append_cell(out, name);
    end_row(out);
  }

 private:
  struct column_plan {
    fragment name;
    std::uint32_t index;
  };
  struct shape_plan {
    std::size_t first = 0;
    std::size_t count = 0;
  };

  void forget(const batch_view& batch) override {
    columns_.clear();
    shapes_.clear(batch.shape_count());
    series_.clear(batch.series_count());
  }

  char* rows(output& to, char* at, const sample_view& sample) override {
    const auto shape = plan_of_shape(sample);
    const auto head = head_of(sample);
    for (std::size_t index = shape.first; index < shape.first + shape.count; ++index) {
      const auto& column = columns_[index];
      const auto field = sample[column.index];
      if (!is_written(field)) continue;
      if (settings_.time.is_written) at = end_cell(to, time_cell(to, at, sample.time()));
      at = fragments_.write(to, at, head);
      at = fragments_.write(to, at, column.name);
      at = value_cell(to, at, field.value);
      at = end_cell(to, at);
      at[-1] = '\n';
    }
    return at;
  }

  shape_plan plan_of_shape(const sample_view& sample) {
    bool known;
    auto& made = shapes_.at(sample.shape_index(), known);
    if (known) return made;
    made.first = columns_.size();
    for (const auto& chosen : chooser_.choose(sample.shape(), all_, false)) {
      work_.clear();
      append_cell(work_, chosen.name);
      columns_.push_back({fragments_.add(work_), chosen.index});
    }
    made.count = columns_.size() - made.first;
    return made;
  }

  // Name and tags.
  fragment head_of(const sample_view& sample) {
    bool known;
    auto& head = series_.at(sample.series_index(), known);
    if (known) return head;
    tags_.clear();
    append_tags(tags_, sample.series());
    work_.clear();
    append_cell(work_, sample.name());
    if (tags_.empty())
      work_ += settings_.delimiter;
    else
      append_cell(work_, tags_);
    return head = fragments_.add(work_);
  }

  const selection all_{};
  std::string tags_;
  column_chooser chooser_;
  std::vector<column_plan> columns_;
  block_table<shape_plan> shapes_;
  block_table<fragment> series_;
};

}  // namespace

std::unique_ptr<encoder> make_csv(const options& encoding) {
  auto settings = read_settings(encoding);
  if (settings.columns.empty()) return std::make_unique<long_encoder>(std::move(settings));
  return std::make_unique<wide_encoder>(std::move(settings));
}

}  // namespace tidegate::codec
