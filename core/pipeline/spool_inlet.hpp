// The way into the spool of one durable pipeline: one for all of its routes, since a batch is written once
// however many sinks read it.
#pragma once

#include <cstdint>

#include "pipeline/inlet.hpp"
#include "spool/spool.hpp"

namespace tidegate::pipeline {

// Made while the gateway is wired, opened when the spool is there, and only then pushed to.
class spool_inlet final : public inlet {
 public:
  void open(spool::stream& to) noexcept { to_ = &to; }
  bool push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) override {
    return to_->push(batch, claim, giving_up);
  }
  // A push that gives up may have been taken all the same, if it waited for its commit.
  bool offer(const batch_ref& batch) override { return to_->offer(batch); }
  std::uint64_t credit() const override { return to_->room(); }
  void expect_claims() override { to_->expect_claims(); }

 private:
  spool::stream* to_ = nullptr;  // outlives the gateway
};

}  // namespace tidegate::pipeline
