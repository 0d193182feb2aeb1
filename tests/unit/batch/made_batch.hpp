// Batches for the tests of this folder: one series "s", one u64 field "n" that counts up.
#pragma once

#include <cstdint>

#include "batch/batch_ref.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate {

inline batch_ref make_batch(std::uint64_t first, std::uint32_t count, std::uint32_t reserve = 0) {
  batch_builder builder;
  const auto series = builder.series("s");
  for (std::uint32_t index = 0; index < count; ++index)
    builder.sample(series, 1000 + static_cast<std::int64_t>(index)).field("n", first + index);
  void* block = allocate_block(builder.bytes(), reserve);
  builder.write_to(block);
  return batch_ref::adopt(block);
}

}  // namespace tidegate
