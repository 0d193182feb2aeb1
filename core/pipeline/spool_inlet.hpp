// The way into the spool of one durable pipeline: one for all of its routes, since a batch is written once
// however many sinks read it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "pipeline/inlet.hpp"
#include "spool/spool.hpp"

namespace tidegate::pipeline {

// Made while the gateway is wired, opened when the spool is there, and only then pushed to.
class spool_inlet final : public inlet {
 public:
  void open(spool::stream& to) noexcept { to_ = &to; }
  void add_route(const spool::reader& reader, const spool::reader_limits& limits) {
    routes_.push_back({&reader, limits});
  }
  bool push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) override {
    return to_->push(batch, claim, giving_up);
  }
  // A push that gives up may have been taken all the same, if it waited for its commit.
  bool offer(const batch_ref& batch) override { return to_->offer(batch); }
  std::uint64_t credit() const override {
    std::uint64_t least = UINT64_MAX;
    for (const auto& each : routes_) least = std::min(least, each.credit());
    return least;
  }

 private:
  struct route {
    const spool::reader* reader;  // outlives the gateway
    spool::reader_limits limits;

    std::uint64_t credit() const {
      if (limits.max_samples && reader->ledger().waiting >= *limits.max_samples) return 0;
      return limits.max_bytes - std::min(limits.max_bytes, reader->waiting_bytes());
    }
  };
  spool::stream* to_ = nullptr;  // outlives the gateway
  std::vector<route> routes_;
};

}  // namespace tidegate::pipeline
