// Rejected samples as the pipelines that read SINK.rejected get them: as they were, with a tag `rejected_by`
// that names the sink and a field `rejected_because` with its reason.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "batch/batch_ref.hpp"

namespace tidegate::pipeline {

// A copy, since of a batch few are rejected, and what is handed on must not keep the others. Null if there is
// no memory for it. Throws batch_builder::too_large.
batch_ref rejected_samples(batch_view from, std::span<const std::uint32_t> indices, std::string_view sink,
                           std::string_view reason);

}  // namespace tidegate::pipeline
