// Where samples go that a sink will never take.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "batch/batch_ref.hpp"

namespace tidegate::pipeline {

class dead_letters {
 public:
  virtual ~dead_letters() = default;

  // [any thread] Keeps copies of the samples with these indices, ascending, and why the sink of the route
  // ("telemetry -> aws") refuses them. True once they are safe. False if they cannot be kept now: whoever
  // asks has them still, and asks again later with the same samples. May wait for a disk.
  virtual bool keep(const std::string& route, const batch_ref& batch, std::span<const std::uint32_t> samples,
                    std::string_view reason) = 0;
};

}  // namespace tidegate::pipeline
