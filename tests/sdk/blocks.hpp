// Blocks for tests: made, spoiled, and read through every accessor there is.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "tidegate/batch.hpp"
#include "tidegate/batch_validate.hpp"
#include "tidegate/testing.hpp"

namespace tidegate {

// What validate() says of a batch, "" for nothing.
inline std::string check(const testing::batch& made) {
  const char* wrong = validate(made.view().data(), made.view().bytes());
  return wrong == nullptr ? "" : wrong;
}

// Bytes on the heap with nothing behind them, so that a sanitizer sees a read of one byte too many.
class exact_block {
 public:
  exact_block(const void* from, std::size_t bytes)
      : bytes_{bytes}, memory_{::operator new (bytes, std::align_val_t{8})} {
    if (bytes != 0) std::memcpy(memory_, from, bytes);
  }
  ~exact_block() { ::operator delete (memory_, std::align_val_t{8}); }
  exact_block(const exact_block&) = delete;
  exact_block& operator=(const exact_block&) = delete;

  unsigned char* data() noexcept { return static_cast<unsigned char*>(memory_); }
  std::size_t size() const noexcept { return bytes_; }

 private:
  std::size_t bytes_;
  void* memory_;
};

// Reads every byte that the views lead to. The sum is of no use but that nothing is optimised away.
class reader {
 public:
  std::uint64_t read(batch_view batch) {
    for (std::uint32_t index = 0; index < batch.common_tag_count(); ++index) tag(batch.common_tag(index));
    for (std::uint32_t index = 0; index < batch.series_count(); ++index) series(batch.series(index));
    for (std::uint32_t index = 0; index < batch.shape_count(); ++index)
      for (const auto column : batch.shape(index)) text(column.name);
    for (const auto each : batch) sample(each);
    return sum_;
  }

 private:
  void text(std::string_view bytes) {
    for (const char byte : bytes) sum_ = sum_ * 31 + static_cast<unsigned char>(byte);
  }
  void tag(tag_view each) {
    text(each.key);
    text(each.value);
  }
  void series(const series_view& each) {
    text(each.name());
    for (const auto one : each.tags()) tag(one);
    sum_ += each.tag("k").has_value();
  }
  void sample(const sample_view& each) {
    sum_ += static_cast<std::uint64_t>(each.time());
    text(each.name());
    for (const auto field : each) value(field);
    sum_ += each.find("no such field").has_value();
  }
  void value(const field_view& field) {
    text(field.name);
    if (field.value.number()) {
      sum_ += field.value.as_u64();
    } else {
      text(field.value.as_text());
    }
  }
  std::uint64_t sum_ = 0;
};

}  // namespace tidegate
