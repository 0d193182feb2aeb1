// What an encoder works out once for each series and each shape of a block, and forgets with the block.
//
// Caches are cleared at the beginning of every payload and at every other block in it, since nothing says
// that an address still holds the same block in the next call. Clearing costs nothing, whatever the size
// of the block. Memory is kept. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/output.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::codec {

// Entries by index; those that were not made since the last clear() do not count.
template <class Entry>
class block_table {
 public:
  void clear(std::uint32_t count) {
    ++generation_;
    if (slots_.size() < count) slots_.resize(count);
  }
  // Returns the entry; made says whether it holds something, and is true afterwards.
  Entry& at(std::uint32_t index, bool& made) {
    auto& found = slots_[index];
    made = found.generation == generation_;
    found.generation = generation_;
    return found.entry;
  }

 private:
  struct slot {
    std::uint64_t generation = 0;
    Entry entry{};
  };
  std::vector<slot> slots_;
  std::uint64_t generation_ = 0;
};

// Text kept in a fragment_store.
struct fragment {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

// Texts that are written often, copied in steps of 16 bytes: short ones cost a fraction of a call of memcpy.
class fragment_store {
 public:
  void clear() noexcept { memory_.clear(); }
  std::size_t bytes() const noexcept { return memory_.size(); }

  fragment add(std::string_view text) {
    const auto offset = memory_.size();
    memory_.append(text);
    // At least one step, so that an empty text may be copied as well.
    memory_.resize((memory_.size() + (text.empty() ? step : step - 1)) / step * step);
    return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(text.size())};
  }
  std::string_view view(fragment part) const noexcept { return {memory_.data() + part.offset, part.length}; }

  [[gnu::always_inline]] char* write(output& to, char* at, fragment part) const {
    const char* from = memory_.data() + part.offset;
    if (part.length > quick_max) return to.append(at, {from, part.length});
    at = to.reserve(at, quick_max + step);
    // Keys are hardly ever longer than two steps, which need no loop.
    std::memcpy(at, from, step);
    if (part.length > step) std::memcpy(at + step, from + step, step);
    for (std::size_t done = 2 * step; done < part.length; done += step)
      std::memcpy(at + done, from + done, step);
    return at + part.length;
  }

 private:
  static constexpr std::size_t step = 16;
  static constexpr std::size_t quick_max = 256;
  std::string memory_;
};

// Calls write(sample) for the samples [first, first + count) of all slices, and forget(batch) before the
// first of each block, and again whenever what is kept for one block has become too much.
template <class Forget, class Write>
[[gnu::always_inline]] inline void for_each_sample(std::span<const tidegate_slice> slices,
                                                   std::uint32_t first, std::uint32_t count,
                                                   const fragment_store& kept, Forget forget, Write write) {
  constexpr std::size_t kept_bytes_max = 4 * 1024 * 1024;
  const void* block = nullptr;
  for (const auto& slice : slices) {
    if (count == 0) return;
    if (first >= slice.count) {
      first -= slice.count;
      continue;
    }
    const batch_view batch{slice.block};
    if (std::exchange(block, slice.block) != slice.block) forget(batch);
    const auto here = std::min(count, slice.count - first);
    for (std::uint32_t index = 0; index < here; ++index) {
      if (kept.bytes() > kept_bytes_max) forget(batch);
      write(batch[slice.first + first + index]);
    }
    count -= here;
    first = 0;
  }
}

}  // namespace tidegate::codec
