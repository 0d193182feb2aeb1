#include "codec/format/sample_maker.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::codec {
namespace {

constexpr std::uint32_t batch_samples_max = 4096;
constexpr std::size_t batch_bytes_max = 512 * 1024;
// Beyond this a frame of many samples would not fit one batch; what follows in it is dropped.
constexpr std::size_t bytes_max = 32 * 1024 * 1024;
// A batch carries all series and shapes that its builder knows, so that one of many must forget them.
constexpr std::uint32_t known_kept = 32;
constexpr std::uint32_t known_max = 512;

bool is_word(std::string_view text, std::string_view lower) noexcept {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(),
                    [](char have, char want) { return (have | 0x20) == want; });
}

bool is_missing(std::string_view text) noexcept {
  return text.empty() || is_word(text, "nan") || is_word(text, "-nan");
}

// "inf", "-Infinity"
bool is_infinity(std::string_view text) noexcept {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return is_word(text, "inf") || is_word(text, "infinity");
}

std::string_view without_blanks(std::string_view text) noexcept {
  const auto is_blank = [](char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<bool> read_boolean(std::string_view text) noexcept {
  const auto either = [&](std::string_view yes, std::string_view no) {
    return is_word(text, yes) ? std::optional{true} : is_word(text, no) ? std::optional{false} : std::nullopt;
  };
  switch (text.size()) {
    case 1:
      return text == "1" ? std::optional{true} : text == "0" ? std::optional{false} : std::nullopt;
    case 2:
      return either("on", "no");
    case 3:
      return either("yes", "off");
    default:
      return either("true", "false");
  }
}

// The number as an integer of that type, if it is one.
std::optional<std::uint64_t> as_integer(const number& value, type wanted) noexcept {
  if (value.is == wanted) return value.slot;
  if (value.is != type::f64)
    return static_cast<std::int64_t>(value.slot) < 0 ? std::nullopt : std::optional{value.slot};
  const double number = value.as_f64();
  if (std::trunc(number) != number) return std::nullopt;
  if (wanted == type::u64)
    return number >= 0 && number < 0x1p64 ? std::optional{static_cast<std::uint64_t>(number)} : std::nullopt;
  if (number < -0x1p63 || number >= 0x1p63) return std::nullopt;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(number));
}

}  // namespace

sample_maker::sample_maker(const mapping& what, fault_ledger& faults,
                           std::vector<std::pair<std::string, std::string>> tags)
    : mapping_{what}, faults_{faults}, stream_tags_{std::move(tags)} {
  forget_batch();
}

void sample_maker::begin(std::int64_t arrival) noexcept {
  count_ = 0;
  tags_.clear();
  name_ = mapping_.name();
  time_ = arrival;
  bad_time_.reset();
}

// ---- values --------------------------------------------------------------------------------------

void sample_maker::text(const target& to, std::string_view value) {
  if (to.is != target::use::field) return string(to, value);
  if (to.wanted == type::string) return value.empty() ? void() : hold(to, type::string, value);
  const auto trimmed = without_blanks(value);
  if (is_missing(trimmed)) return;
  if (!to.wanted) return guess(to, trimmed);
  if (to.wanted == type::boolean) {
    const auto is_true = read_boolean(trimmed);
    return is_true ? hold(to, type::boolean, *is_true ? 1 : 0) : wrong(to, type::boolean, value);
  }
  codec::number made;
  if (read_number(trimmed, made)) return converted(to, made, trimmed);
  is_infinity(trimmed) ? not_finite(to, trimmed) : wrong(to, *to.wanted, value);
}

// All numbers become f64, so that a field keeps its type when a device writes 21 for 21.0.
void sample_maker::guess(const target& to, std::string_view value) {
  codec::number made;
  if (read_number(value, made)) return hold_real(to, made.as_f64() * to.scale.value_or(1), value);
  if (is_infinity(value)) return not_finite(to, value);
  if (value == "true" || value == "false") return hold(to, type::boolean, value == "true" ? 1 : 0);
  hold(to, type::string, value);
}

void sample_maker::number(const target& to, const codec::number& value, std::string_view written) {
  if (to.is != target::use::field) return string(to, written);
  converted(to, value, written);
}

void sample_maker::converted(const target& to, const codec::number& value, std::string_view written) {
  const auto scaled = to.scale ? codec::number::of(value.as_f64() * *to.scale) : value;
  const auto wanted = to.wanted.value_or(scaled.is);
  switch (wanted) {
    case type::f64:
      return hold_real(to, scaled.as_f64(), written);
    case type::boolean:
      if (scaled.as_f64() != 0 && scaled.as_f64() != 1) return wrong(to, type::boolean, written);
      return hold(to, type::boolean, scaled.as_f64() != 0 ? 1 : 0);
    case type::string:
      return hold(to, type::string, written);
    default:
      if (const auto whole = as_integer(scaled, wanted)) return hold(to, wanted, *whole);
      return wrong(to, wanted, written);
  }
}

void sample_maker::boolean(const target& to, bool value) {
  const std::string_view written = value ? "true" : "false";
  if (to.is != target::use::field) return string(to, written);
  if (!to.wanted || to.wanted == type::boolean) return hold(to, type::boolean, value ? 1 : 0);
  converted(to, {type::i64, value ? 1U : 0U}, written);
}

void sample_maker::string(const target& to, std::string_view value) {
  switch (to.is) {
    case target::use::ignored:
      return;
    case target::use::tag:
      if (!value.empty()) tags_.push_back({to.name, value});
      return;
    case target::use::name:
      if (!value.empty()) name_ = value;
      return;
    case target::use::time:
      return set_time(without_blanks(value));
    case target::use::field:
      if (to.wanted && to.wanted != type::string) return text(to, value);
      return hold(to, type::string, value);
  }
}

void sample_maker::bytes(const target& to, std::string_view value) {
  to.is == target::use::field ? hold(to, type::bytes, value) : string(to, value);
}

void sample_maker::set_time(std::string_view value) {
  if (const auto read = mapping_.time().read(value))
    time_ = *read;
  else
    bad_time_ = value;
}

void sample_maker::hold_real(const target& to, double value, std::string_view written) {
  std::isfinite(value) ? hold(to, type::f64, codec::number::of(value).slot) : not_finite(to, written);
}

void sample_maker::not_finite(const target& to, std::string_view value) {
  if (faults_.count(fault::value))
    faults_.tell(fault::value, "field '" + to.name + "' is no finite number", value);
}

void sample_maker::wrong(const target& to, type wanted, std::string_view value) {
  if (faults_.count(fault::value))
    faults_.tell(fault::value, "field '" + to.name + "' is no " + std::string{name_of(wanted)}, value);
}

// ---- samples -------------------------------------------------------------------------------------

void sample_maker::finish(std::string_view frame) {
  if (bad_time_) return faults_.add(fault::time, "the time cannot be read", *bad_time_);
  if (count_ == 0) return faults_.add(fault::empty, "nothing in it is a field", frame);
  if (count_ > fields_max) return faults_.add(fault::syntax, "a sample has more than 1024 fields", frame);
  if (bytes_ > bytes_max) return faults_.add(fault::too_long, "a frame has too many samples", frame);
  bytes_ += sizeof(tidegate_sample_record) + count_ * sizeof(std::uint64_t);
  auto row = builder_.row(series(), shape(), time_);
  std::uint32_t column = 0;
  for (const auto& value : values()) {
    if (value.is == type::string || value.is == type::bytes) {
      row.set(column, value.text);
      bytes_ += value.text.size();
    } else {
      row.set(column, value.slot);
    }
    ++column;
  }
}

std::uint32_t sample_maker::series() {
  const bool is_only = tags_.empty() && name_.data() == mapping_.name().data();
  if (is_only && only_series_) return *only_series_;
  const auto made = builder_.series(name_, tags_);
  if (made >= series_count_) {
    series_count_ = made + 1;
    bytes_ += name_.size();
    for (const auto& tag : tags_) bytes_ += tag.key.size() + tag.value.size() + sizeof(tidegate_tag_record);
  }
  if (is_only) only_series_ = made;
  return made;
}

// Of one kind of message one after the other has the same shape.
std::uint32_t sample_maker::shape() {
  if (has_last_shape()) return *last_shape_;
  columns_.clear();
  last_columns_.clear();
  for (const auto& value : values()) {
    columns_.push_back({*value.name, value.is});
    last_columns_.emplace_back(value.name, value.is);
  }
  last_shape_ = builder_.shape(columns_);
  if (*last_shape_ >= shape_count_) {
    shape_count_ = *last_shape_ + 1;
    for (const auto& column : columns_) bytes_ += column.name.size() + sizeof(tidegate_column_record);
  }
  return *last_shape_;
}

bool sample_maker::has_last_shape() const noexcept {
  return last_shape_ && last_columns_.size() == count_ &&
         std::equal(values().begin(), values().end(), last_columns_.begin(),
                    [](const held& now, const auto& last) {
                      return now.name == last.first && now.is == last.second;
                    });
}

bool sample_maker::is_full() const noexcept {
  return builder_.size() >= batch_samples_max || bytes_ >= batch_bytes_max || series_count_ > known_max ||
         shape_count_ > known_max;
}

void sample_maker::forget_targets() noexcept {
  last_shape_.reset();
  last_columns_.clear();
}

void sample_maker::clear() {
  bytes_ = 0;
  if (series_count_ > known_kept || shape_count_ > known_kept)
    forget_batch();
  else
    builder_.clear_samples();
}

void sample_maker::forget_batch() {
  builder_.clear();
  std::vector<tag_view> tags;
  for (const auto& [key, value] : stream_tags_) tags.push_back({key, value});
  builder_.common_tags(tags);
  forget_targets();
  only_series_.reset();
  series_count_ = 0;
  shape_count_ = 0;
}

}  // namespace tidegate::codec
