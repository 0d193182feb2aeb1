// Copies of samples, for when what is kept must not keep the whole batch.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "batch/batch_ref.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate::pipeline {

// Adds the samples with these indices to the builder, with their series, fields and values as they are. The
// batch's common tags become the builder's. A builder takes samples of one batch.
void copy_samples(batch_view from, std::span<const std::uint32_t> indices, batch_builder& into);

// What a copy says beside: a tag, for all of its samples, and a field of each, a text. Those that are there
// already under these names make way.
struct added_note {
  tag_view tag;
  std::string_view field;
  std::string_view text;
};
void copy_samples(batch_view from, std::span<const std::uint32_t> indices, const added_note& note,
                  batch_builder& into);

// The builder's content as a batch; null if there is no memory for it.
batch_ref make_batch_of(const batch_builder& content);

}  // namespace tidegate::pipeline
