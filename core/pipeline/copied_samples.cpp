#include "pipeline/copied_samples.hpp"

#include <algorithm>
#include <vector>

namespace tidegate::pipeline {

static std::vector<tag_view> common_tags_of(batch_view from) {
  std::vector<tag_view> all;
  for (std::uint32_t index = 0; index < from.common_tag_count(); ++index)
    all.push_back(from.common_tag(index));
  return all;
}

// A view shows a series' own tags and the common ones as one; the latter are written once for all.
static std::uint32_t copy_series(series_view from, std::span<const tag_view> common, const added_note* note,
                                 batch_builder& into) {
  std::vector<tag_view> own;
  for (const auto tag : from.tags()) {
    const auto is_same = [&](const tag_view& each) { return each.key == tag.key && each.value == tag.value; };
    const bool makes_way = note != nullptr && tag.key == note->tag.key;
    if (!makes_way && std::none_of(common.begin(), common.end(), is_same)) own.push_back(tag);
  }
  return into.series(from.name(), own);
}

static void copy_with(batch_view from, std::span<const std::uint32_t> indices, const added_note* note,
                      batch_builder& into) {
  auto common = common_tags_of(from);
  if (note != nullptr) {
    std::erase_if(common, [&](const tag_view& each) { return each.key == note->tag.key; });
    common.push_back(note->tag);
  }
  into.common_tags(common);
  for (const auto index : indices) {
    const auto sample = from[index];
    auto copy = into.sample(copy_series(sample.series(), common, note, into), sample.time());
    for (const auto field : sample)
      if (note == nullptr || field.name != note->field) copy.field(field.name, field.value);
    if (note != nullptr) copy.field(note->field, note->text);
  }
}

void copy_samples(batch_view from, std::span<const std::uint32_t> indices, batch_builder& into) {
  copy_with(from, indices, nullptr, into);
}

void copy_samples(batch_view from, std::span<const std::uint32_t> indices, const added_note& note,
                  batch_builder& into) {
  copy_with(from, indices, &note, into);
}

batch_ref make_batch_of(const batch_builder& content) {
  void* block = allocate_block(content.bytes());
  if (block == nullptr) return {};
  content.write_to(block);
  return batch_ref::adopt(block);
}

}  // namespace tidegate::pipeline
