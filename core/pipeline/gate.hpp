// The entrance of a pipeline that takes some samples and not others.
//
// A batch of which all samples fit passes as it is, by reference; one of which none do is done with: its
// claim is not held here. Of one of which some do a new batch is made, once for all that lies behind.
#pragma once

#include <utility>
#include <vector>

#include "config/condition.hpp"
#include "pipeline/inlet.hpp"

namespace tidegate::pipeline {

class gate final : public inlet {
 public:
  // Of the conditions one must hold.
  explicit gate(std::vector<config::condition> wanted) : wanted_{std::move(wanted)} {}

  fan_out& outlets() noexcept { return outlets_; }

  bool push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) override;
  std::uint64_t credit() const override { return outlets_.credit(); }
  void expect_claims() override { outlets_.expect_claims(); }

 private:
  const std::vector<config::condition> wanted_;
  fan_out outlets_;
};

}  // namespace tidegate::pipeline
