// Gathers the values of one observation and adds it to a batch, whole or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/fault.hpp"
#include "codec/format/mapping.hpp"
#include "codec/format/number_reader.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate::codec {

// Of one stream; one thread at a time. Between begin() and finish() the texts and targets that it was given
// must stay where they are.
class sample_maker {
 public:
  // Fields of one sample; more are none that anybody meant.
  static constexpr std::size_t fields_max = 1024;

  // `tags` are on every sample of the stream.
  sample_maker(const mapping& what, fault_ledger& faults,
               std::vector<std::pair<std::string, std::string>> tags);

  void begin(std::int64_t arrival) noexcept;
  // The targets that were given so far may be gone from now on.
  void forget_targets() noexcept;

  // A value that has no type of its own, such as the cell of a table. Empty, it is none.
  void text(const target& to, std::string_view value);
  // Values that have one.
  void number(const target& to, const codec::number& value, std::string_view written);
  void boolean(const target& to, bool value);
  void string(const target& to, std::string_view value);
  void bytes(const target& to, std::string_view value);
  // A tag that a format adds by itself.
  void tag(std::string_view key, std::string_view value) { tags_.push_back({key, value}); }

  // Adds the sample. A fault of the whole is counted here: nothing in it was a field, or its time cannot be
  // read. `frame` is what it was read from.
  void finish(std::string_view frame);

  // How many samples wait, and whether they are enough for a batch.
  std::uint32_t size() const noexcept { return builder_.size(); }
  bool is_full() const noexcept;
  // The batch; clear() when it was written.
  const batch_builder& batch() const noexcept { return builder_; }
  void clear();

 private:
  struct held {
    const std::string* name;
    type is;
    std::uint64_t slot;
    std::string_view text;
  };

  void hold(const target& to, type is, std::uint64_t slot) { next() = {&to.name, is, slot, {}}; }
  void hold(const target& to, type is, std::string_view text) { next() = {&to.name, is, 0, text}; }
  [[gnu::always_inline]] held& next() {
    if (count_ == values_.size()) values_.emplace_back();
    return values_[count_++];
  }
  std::span<const held> values() const noexcept { return {values_.data(), count_}; }
  void guess(const target& to, std::string_view value);
  void converted(const target& to, const codec::number& value, std::string_view written);
  // JSON and databases have no place for an infinity: the field is left out.
  void hold_real(const target& to, double value, std::string_view written);
  void not_finite(const target& to, std::string_view value);
  void wrong(const target& to, type wanted, std::string_view value);
  void set_time(std::string_view value);
  void forget_batch();
  std::uint32_t series();
  std::uint32_t shape();
  bool has_last_shape() const noexcept;

  const mapping& mapping_;
  fault_ledger& faults_;
  std::vector<std::pair<std::string, std::string>> stream_tags_;

  // Of the sample that is being gathered.
  std::vector<held> values_;  // as many as there ever were; the first count_ are of this sample
  std::size_t count_ = 0;
  std::vector<tag_view> tags_;
  std::string_view name_;
  std::int64_t time_ = 0;
  std::optional<std::string_view> bad_time_;

  batch_builder builder_;
  std::vector<shape_view::column> columns_;
  std::vector<std::pair<const std::string*, type>> last_columns_;  // of last_shape_
  std::optional<std::uint32_t> last_shape_;
  std::optional<std::uint32_t> only_series_;  // the one without tags from the data
  std::uint32_t series_count_ = 0;
  std::uint32_t shape_count_ = 0;
  std::size_t bytes_ = 0;  // about how large the batch is
};

}  // namespace tidegate::codec
