#include "pipeline/rejected_samples.hpp"

#include "pipeline/copied_samples.hpp"

namespace tidegate::pipeline {

batch_ref rejected_samples(batch_view from, std::span<const std::uint32_t> indices, std::string_view sink,
                           std::string_view reason) {
  batch_builder builder;
  copy_samples(from, indices, {{"rejected_by", sink}, "rejected_because", reason}, builder);
  return make_batch_of(builder);
}

}  // namespace tidegate::pipeline
