#include "batch/batch_ref.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include "tidegate/batch_layout.h"

namespace tidegate {

namespace {

// Lies in front of every block.
struct alignas(8) prefix {
  std::atomic<std::uint32_t> references;
  std::uint32_t capacity;
};

prefix* prefix_of(const void* block) noexcept {
  return const_cast<prefix*>(static_cast<const prefix*>(block)) - 1;
}

}  // namespace

void* allocate_block(std::uint32_t bytes, std::uint32_t reserve) noexcept {
  const auto capacity = std::uint64_t{bytes} + reserve;
  if (capacity > TIDEGATE_BLOCK_BYTES_MAX) return nullptr;
  void* memory = std::malloc(sizeof(prefix) + capacity);
  if (memory == nullptr) return nullptr;
  return new (memory) prefix{1, static_cast<std::uint32_t>(capacity)} + 1;
}

std::uint32_t block_capacity(const void* block) noexcept { return prefix_of(block)->capacity; }

void release_block(const void* block) noexcept {
  auto* header = prefix_of(block);
  if (header->references.fetch_sub(1, std::memory_order_acq_rel) == 1) std::free(header);
}

batch_ref::batch_ref(const batch_ref& other) noexcept : block_{other.block_} {
  if (block_ != nullptr) prefix_of(block_)->references.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace tidegate
