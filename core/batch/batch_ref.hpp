// A batch in memory: an immutable block with a reference count.
#pragma once

#include <cstdint>
#include <utility>

#include "tidegate/batch.hpp"

namespace tidegate {

// Memory for a block of `bytes`, aligned to 8, with one reference and `reserve` bytes of room behind it.
// Null when there is none.
void* allocate_block(std::uint32_t bytes, std::uint32_t reserve = 0) noexcept;
// How many bytes a block may grow to.
std::uint32_t block_capacity(const void* block) noexcept;
void release_block(const void* block) noexcept;

// A counted reference to a block: how batches are shared by everything behind a source. Copying one costs
// an atomic increment and may happen on any thread; a single reference belongs to one thread at a time.
class batch_ref {
 public:
  batch_ref() = default;
  // Takes over the reference that allocate_block() or release() gave.
  static batch_ref adopt(const void* block) noexcept { return batch_ref{block}; }
  batch_ref(const batch_ref& other) noexcept;
  batch_ref(batch_ref&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  batch_ref& operator=(batch_ref other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~batch_ref() {
    if (block_ != nullptr) release_block(block_);
  }

  batch_view view() const noexcept { return batch_view{block_}; }
  const void* block() const noexcept { return block_; }
  explicit operator bool() const noexcept { return block_ != nullptr; }

 private:
  explicit batch_ref(const void* block) noexcept : block_{block} {}
  const void* block_ = nullptr;
};

}  // namespace tidegate
