#include "pipeline/batch.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace tidegate::pipeline {

namespace {

// Lies in front of every block.
struct alignas(8) prefix {
  std::atomic<std::uint32_t> references;
  std::uint32_t capacity;
};

prefix* prefix_of(const void* block) noexcept {
  return const_cast<prefix*>(static_cast<const prefix*>(block)) - 1;
}

std::uint32_t round_up(std::uint32_t bytes) noexcept { return (bytes + 7) & ~7u; }

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

tag_suffix::tag_suffix(const std::map<std::string, std::string>& tags) : tags_{tags.begin(), tags.end()} {
  if (tags_.empty()) return;
  for (const auto& [key, value] : tags_) text_bytes_ += static_cast<std::uint32_t>(key.size() + value.size());
  // The table is written anew, with the tags that the block has already: few, and rarely any.
  constexpr std::uint32_t own_tags_expected = 16;
  reserve_ = round_up(text_bytes_) +
             static_cast<std::uint32_t>((tags_.size() + own_tags_expected) * sizeof(tidegate_tag_record));
}

void tag_suffix::append(void* block) const {
  if (tags_.empty()) return;
  auto* base = static_cast<std::byte*>(block);
  auto& header = *static_cast<tidegate_block_header*>(block);
  const batch_view view{block};
  const auto table_records = header.common_tags.count + tags_.size();
  const auto grown =
      std::uint64_t{header.block_bytes} + round_up(text_bytes_) + table_records * sizeof(tidegate_tag_record);
  if (grown > block_capacity(block)) return;

  std::vector<tidegate_tag_record> table;
  table.reserve(table_records);
  const auto* own = reinterpret_cast<const tidegate_tag_record*>(base + header.common_tags.offset);
  for (std::uint32_t index = 0; index < header.common_tags.count; ++index) table.push_back(own[index]);

  auto end = header.block_bytes;
  const auto store = [&](const std::string& text) {
    std::memcpy(base + end, text.data(), text.size());
    const tidegate_span span{end, static_cast<std::uint32_t>(text.size())};
    end += span.length;
    return span;
  };
  const auto key_of = [&](const tidegate_tag_record& tag) {
    return std::string_view{reinterpret_cast<const char*>(base) + tag.key.offset, tag.key.length};
  };
  for (const auto& [key, value] : tags_) {
    const auto same_key = [&, wanted = std::string_view{key}](const tidegate_tag_record& tag) {
      return key_of(tag) == wanted;
    };
    if (std::any_of(table.begin(), table.end(), same_key)) continue;
    const auto key_span = store(key);
    table.push_back({key_span, store(value)});
  }
  std::sort(table.begin(), table.end(), [&](const auto& a, const auto& b) { return key_of(a) < key_of(b); });

  std::memset(base + end, 0, round_up(end) - end);
  end = round_up(end);
  std::memcpy(base + end, table.data(), table.size() * sizeof(tidegate_tag_record));
  header.common_tags = {end, static_cast<std::uint32_t>(table.size())};
  header.block_bytes = end + static_cast<std::uint32_t>(table.size() * sizeof(tidegate_tag_record));
}

}  // namespace tidegate::pipeline
