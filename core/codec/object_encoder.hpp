// The walk over samples of the encodings that write each as an object of keys and values: JSON and CBOR.
//
// What is the same for all samples of a series (name and tags) or of a shape (the fields' keys) is written
// out once for each block; a sample is then its time, one copy, and its values.
//
// How things are written is the Form, a class without virtual functions, so that each encoding has a walk of
// its own, with nothing between it and its bytes. A Form has, for what is put together beforehand:
//
//   one, sequence                         content type and extension of a payload
//   append_escaped(string&, text)         literal text of the pattern of a time
//   append_key(string&, text)             a key of a map
//   append_text(string&, text)            a whole value with its separator; append_null(string&) another one
//   append_map(string&, count, members)   also a whole value
//   append_before_time(string&, is_number), append_behind_time: what stands around a time on both sides
//
// and for the rest, at a position in the output (output.hpp) at which there is room for room_bytes; each
// returns the position behind what it wrote, the ones that are given the output with room_bytes left:
//
//   open_array(at, count), close_array(at), open_map(at, count), close_map(at)
//   separate(at)                          follows each member of a map or an array, the last one too: the
//                                         closing takes it back, so that no member needs a decision
//   end_line(at)                          follows each object of a sequence
//   time(output&, at, time_format&, time)
//   boolean(at, value), integer(at, value), floating(at, value)
//   text(output&, at, text), bytes(output&, at, bytes)
//   omits(double)                         whether such a field is left out; a Form that leaves any out must
//                                         not need the counts
//
// Counts are right: entries of maps, elements of arrays.
#pragma once

#include <bit>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/block_cache.hpp"
#include "codec/columns.hpp"
#include "codec/encoders.hpp"
#include "codec/number.hpp"
#include "codec/object_settings.hpp"
#include "codec/output.hpp"

namespace tidegate::codec {

struct payload_kind {
  std::string_view content_type;
  std::string_view file_extension;
};

// A number with something around it.
constexpr std::size_t room_bytes = number_bytes_max + 8;

template <class Form>
class object_encoder final : public encoder {
 public:
  object_encoder(object_settings settings, Form form)
      : settings_{std::move(settings)}, form_{std::move(form)}, time_{make_time()} {
    std::string text;
    if (settings_.time.is_written) {
      form_.append_key(text, settings_.time.key);
      form_.append_before_time(text, time_.is_number());
    }
    before_time_ = constants_.add(text);
    text.clear();
    form_.append_behind_time(text, time_.is_number());
    behind_time_ = constants_.add(text);
  }

  void encode(std::span<const tidegate_slice> slices, std::uint32_t first, std::uint32_t count,
              std::string& out) override {
    output to{scratch_, out};
    auto* at = to.begin();
    const bool is_array = !settings_.is_sequence && (settings_.array_always || count != 1);
    if (is_array) at = form_.open_array(at, count);
    for_each_sample(
        slices, first, count, fragments_, [&](const batch_view& batch) { forget(batch); },
        [&](const sample_view& sample) {
          at = object(to, at, sample);
          if (settings_.is_sequence) at = form_.end_line(at);
          if (is_array) at = form_.separate(at);
        });
    if (is_array) at = form_.close_array(at);
    to.finish(at);
  }

  std::string_view content_type() const noexcept override { return kind().content_type; }
  std::string_view file_extension() const noexcept override { return kind().file_extension; }

 private:
  struct column_plan {
    fragment key;  // with no_column the whole member
    std::uint32_t index;
    tidegate::type type;
    std::string_view name;
  };
  struct shape_plan {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  struct series_plan {
    fragment members;           // from behind the time to before the fields
    std::uint32_t entries = 0;  // of the whole object
    std::uint32_t shape = 0;
  };

  const payload_kind& kind() const noexcept { return settings_.is_sequence ? Form::sequence : Form::one; }

  time_format make_time() const {
    return settings_.time.make([this](std::string_view pattern) {
      std::string escaped;
      form_.append_escaped(escaped, pattern);
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
    const auto series = plan_of_series(sample, shape);
    at = form_.open_map(to.reserve(at, room_bytes), series.entries);
    if (settings_.time.is_written) {
      at = constants_.write(to, at, before_time_);
      at = form_.time(to, at, time_, sample.time());
      at = constants_.write(to, at, behind_time_);
    }
    at = fragments_.write(to, at, series.members);
    if (!settings_.flat) at = form_.open_map(to.reserve(at, room_bytes), shape.count);
    const auto* column = columns_.data() + shape.first;
    for (const auto* const end = column + shape.count; column != end; ++column)
      at = field(to, at, *column, sample);
    at = form_.close_map(to.reserve(at, room_bytes));
    return settings_.flat ? at : form_.close_map(form_.separate(at));
  }

  char* field(output& to, char* at, const column_plan& of, const sample_view& sample) {
    if (of.index == no_column) return fragments_.write(to, at, of.key);
    const auto slot = sample.slots()[of.index];
    if (of.type == type::f64 && form_.omits(std::bit_cast<double>(slot))) return at;
    at = fragments_.write(to, at, of.key);
    at = to.reserve(at, room_bytes);
    return form_.separate(value(to, at, of, sample, slot));
  }

  char* value(output& to, char* at, const column_plan& of, const sample_view& sample, std::uint64_t slot) {
    switch (of.type) {
      case type::f64:
        return form_.floating(at, std::bit_cast<double>(slot));
      case type::boolean:
        return form_.boolean(at, slot != 0);
      case type::i64:
        return form_.integer(at, static_cast<std::int64_t>(slot));
      case type::u64:
        return form_.integer(at, slot);
      case type::bytes:
        return form_.bytes(to, at, sample.value(of.index).as_text());
      default:
        return form_.text(to, at, sample.value(of.index).as_text());
    }
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
      if (settings_.is_reserved(chosen.name)) continue;
      work_.clear();
      form_.append_key(work_, chosen.name);
      if (chosen.index == no_column) form_.append_null(work_);
      columns_.push_back({fragments_.add(work_), chosen.index, chosen.type, chosen.name});
    }
    return {first, static_cast<std::uint32_t>(columns_.size()) - first};
  }

  series_plan plan_of_series(const sample_view& sample, const shape_plan& shape) {
    bool known;
    auto& plan = series_.at(sample.series_index(), known);
    // Which tags there are depends on the fields in the flat layout.
    if (known && (!settings_.flat || plan.shape == sample.shape_index())) return plan;
    plan = plan_series(sample, shape);
    plan.shape = sample.shape_index();
    return plan;
  }

  series_plan plan_series(const sample_view& sample, const shape_plan& shape) {
    series_plan made;
    made.entries = settings_.time.is_written ? 1 : 0;
    work_.clear();
    if (settings_.name) {
      append_member(work_, *settings_.name, sample.name());
      ++made.entries;
    }
    if (settings_.flat)
      made.entries += append_tags(work_, sample.series(), shape) + shape.count;
    else
      made.entries += append_groups(work_, sample.series());
    made.members = fragments_.add(work_);
    return made;
  }

  // These return how many entries there are of what they append.
  std::uint32_t append_groups(std::string& to, const series_view& series) {
    std::uint32_t groups = 1;
    if (!settings_.tags.is_none()) {
      tags_.clear();
      const auto count = append_tags(tags_, series, {});
      form_.append_key(to, "tags");
      form_.append_map(to, count, tags_);
      ++groups;
    }
    form_.append_key(to, "fields");
    return groups;
  }

  std::uint32_t append_tags(std::string& to, const series_view& series, const shape_plan& shape) const {
    std::uint32_t count = 0;
    const auto append = [&](std::string_view key, std::string_view value) {
      if (is_field(shape, key)) return;
      append_member(to, key, value);
      ++count;
    };
    if (settings_.tags.all) {
      for (const auto tag : series.tags())
        if (!settings_.is_reserved(tag.key)) append(tag.key, tag.value);
    } else {
      for (const auto& chosen : settings_.tags.chosen)
        if (const auto value = series.tag(chosen.source)) append(chosen.output, *value);
    }
    return count;
  }

  bool is_field(const shape_plan& shape, std::string_view key) const noexcept {
    const auto* column = columns_.data() + shape.first;
    for (const auto* const end = column + shape.count; column != end; ++column)
      if (column->name == key) return true;
    return false;
  }

  void append_member(std::string& to, std::string_view key, std::string_view value) const {
    form_.append_key(to, key);
    form_.append_text(to, value);
  }

  const object_settings settings_;
  const Form form_;
  time_format time_;
  fragment_store constants_;
  fragment before_time_;
  fragment behind_time_;

  scratch scratch_;
  std::string work_;
  std::string tags_;
  fragment_store fragments_;
  column_chooser chooser_;
  std::vector<column_plan> columns_;
  block_table<series_plan> series_;
  block_table<shape_plan> shapes_;
};

}  // namespace tidegate::codec
