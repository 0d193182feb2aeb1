#include "pipeline/tag_suffix.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "batch/batch_ref.hpp"
#include "tidegate/batch.hpp"
#include "tidegate/batch_layout.h"

namespace tidegate::pipeline {

static std::uint32_t round_up(std::uint32_t bytes) noexcept { return (bytes + 7) & ~7u; }

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
