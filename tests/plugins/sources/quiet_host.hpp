// A host that gives one block of memory again and again and keeps nothing, so that what a source asks for
// is all that is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tidegate/host.hpp"

namespace tidegate::testing {

class quiet_host {
 public:
  quiet_host() : memory_((1 << 20) / sizeof(std::uint64_t)) {
    raw_.size = sizeof raw_;
    raw_.context = this;
    raw_.log = [](const tidegate_host* raw, std::uint32_t, tidegate_text) { ++of(raw).lines_; };
    raw_.log_level = [](const tidegate_host*) -> std::uint32_t { return TIDEGATE_LOG_INFO; };
    raw_.now_utc = [](const tidegate_host* raw) { return ++of(raw).time_; };
    raw_.now_monotonic = raw_.now_utc;
    raw_.batch_allocate = [](const tidegate_host* raw, std::uint32_t bytes) -> void* {
      return bytes <= of(raw).memory_.size() * sizeof(std::uint64_t) ? of(raw).memory_.data() : nullptr;
    };
    raw_.batch_submit = [](const tidegate_host* raw, void* block) -> tidegate_status {
      of(raw).samples_ += batch_view{block}.size();
      return TIDEGATE_OK;
    };
    raw_.extension = [](const tidegate_host*, tidegate_text) -> const void* { return nullptr; };
  }
  quiet_host(const quiet_host&) = delete;
  quiet_host& operator=(const quiet_host&) = delete;

  source_host source() const noexcept { return source_host{&raw_}; }
  std::uint64_t samples() const noexcept { return samples_; }
  std::uint64_t lines() const noexcept { return lines_; }

 private:
  static quiet_host& of(const tidegate_host* raw) { return *static_cast<quiet_host*>(raw->context); }

  tidegate_host raw_{};
  std::vector<std::uint64_t> memory_;
  std::uint64_t samples_ = 0;
  std::uint64_t lines_ = 0;
  std::int64_t time_ = 0;
};

}  // namespace tidegate::testing
