// A block that validate() accepts can be read through every view without leaving it.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../sdk/blocks.hpp"
#include "tidegate/batch_validate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tidegate::exact_block block{data, size};
  if (tidegate::validate(block.data(), block.size()) != nullptr) return 0;
  // Shapes may share columns, so that the work is bounded by the slots, not by the block: enough for here.
  tidegate::reader{}.read(tidegate::batch_view{block.data()});
  return 0;
}
