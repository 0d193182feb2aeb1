// The steps of a pipeline in a rehearsal: what processor_chain is in a gateway, without a thread and without
// waiting. What is pushed has passed, or is lost with a word to whoever listens, when push() returns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway.hpp"
#include "pipeline/inlet.hpp"
#include "plugin/instance.hpp"

namespace tidegate::pipeline {

// One thread at a time.
class rehearsed_steps final : public inlet {
 public:
  // What somebody should know: a step that failed, with its words.
  using trouble = std::function<void(const std::string& who, const std::string& text)>;
  // What has come out of the step with this index, or, where that is their number, of all of them.
  using passing = std::function<void(std::size_t index, const batch_ref& batch)>;

  // The environment outlives it.
  rehearsed_steps(const plugin::environment& with, trouble told, passing seen);
  ~rehearsed_steps() override;

  // While it is wired: the steps in order.
  plugin::result add_step(const config::instance& options, const plugin::component& of);
  fan_out& outlets() noexcept { return outlets_; }
  void start();

  // The monotonic time at which a step wants to be called; the end of time if none does.
  std::int64_t timer_due() const;
  // Calls the first of those whose time has come.
  void tick();

  bool push(const batch_ref& batch, const receipt&, const std::stop_token&) override {
    pass_on(0, batch);
    return true;
  }

 private:
  class step;
  void pass_on(std::size_t index, const batch_ref& batch);
  void pass_submitted(std::size_t index);

  const plugin::environment& environment_;
  trouble told_;
  passing seen_;
  fan_out outlets_;
  std::vector<std::unique_ptr<step>> steps_;
};

}  // namespace tidegate::pipeline
