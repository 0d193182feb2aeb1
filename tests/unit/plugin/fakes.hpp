// What an instance needs around it, so that a test can see all that it does.
#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "folders.hpp"
#include "plugin/catalogue.hpp"
#include "plugin/instance.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::plugin {

class still_clock final : public observe::clock {
 public:
  std::int64_t now_utc() const override { return 1'600'000'000'000'000'000; }
  std::int64_t now_monotonic() const override { return 42; }
};

class kept_log final : public observe::log {
 public:
  void write(observe::level of, std::string_view who, std::string_view line) override {
    const std::lock_guard lock{mutex_};
    lines_.push_back(std::to_string(static_cast<unsigned>(of)) + " " + std::string{who} + ": " +
                     std::string{line});
  }
  observe::level threshold() const override { return observe::level::info; }
  std::vector<std::string> lines() const {
    const std::lock_guard lock{mutex_};
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// A pipeline that keeps everything. Counts blocks, so that a test can say that none is lost.
class kept_services final : public services {
 public:
  struct answer {
    std::uint64_t token;
    std::uint32_t kind;
    std::string reason;
  };

  void* batch_allocate(std::uint32_t bytes) override {
    ++blocks;
    return std::aligned_alloc(8, (std::size_t{bytes} + 7) / 8 * 8);
  }
  void batch_discard(void* block) override {
    --blocks;
    std::free(block);
  }
  tidegate_status batch_submit(void* block) override {
    if (status == TIDEGATE_OK)
      for (const auto sample : batch_view{block})
        for (const auto field : sample)
          texts.push_back(std::string{field.name} + "=" + std::string{field.value.as_text()});
    batch_discard(block);
    return status;
  }
  tidegate_status submit_marked(void* block, std::uint64_t mark, std::uint32_t flags) override {
    marks.push_back({mark, flags});
    return block == nullptr ? status : batch_submit(block);
  }
  std::uint64_t credit() const override { return 4711; }
  void complete(std::uint64_t token, const tidegate_outcome& outcome) override {
    answers.push_back({token, outcome.kind, std::string{outcome.reason.data, outcome.reason.length}});
  }
  void set_timer(std::int64_t delay) override { timers.push_back(delay); }

  tidegate_status status = TIDEGATE_OK;  // what a submit says
  int blocks = 0;
  std::vector<std::string> texts;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> marks;  // with their flags
  std::vector<answer> answers;
  std::vector<std::int64_t> timers;
};

// One instance of a component from a folder of built plugins.
class stage {
 public:
  explicit stage(const std::filesystem::path& folder) : plugins_{{folder}} {}

  std::unique_ptr<instance> create(config::component_kind kind, const std::string& component,
                                   const std::map<std::string, std::string>& given = {}) {
    const auto* found = plugins_.get(kind, component);
    if (found == nullptr) throw std::runtime_error{plugins_.find(kind, component).problem};
    config::value::map entries;
    for (const auto& [key, text] : given) {
      config::value value;
      value.data = text;
      entries.emplace_back(key, value);
    }
    config::value options;
    options.data = std::move(entries);
    return instance::create(*found, "one", std::string{config::to_string(kind)} + " one", options,
                            environment_, calls, said);
  }

  kept_log log;
  still_clock clock;
  observe::metrics metrics;
  kept_services calls;
  temporary_folder state;
  result said;  // of the last create

 private:
  environment environment_{clock, log, metrics, state.path()};
  catalogue plugins_;
};

}  // namespace tidegate::plugin
