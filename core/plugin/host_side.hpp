// The host as one instance sees it: the table of functions that `create` is given, and what is behind them.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/instance.hpp"
#include "plugin/state_store.hpp"
#include "tidegate/abi.h"

namespace tidegate::plugin {

// Lives from before `create` until after `destroy`. Any thread. What a plugin hands over is looked at before
// the pipeline sees it: blocks are validated, and pointers that are no blocks of its own refused.
class host_side {
 public:
  // `may_mark`: it is a replayable source.
  host_side(config::component_kind kind, std::string name, std::string who, const environment& with,
            services& calls, bool may_mark = false);
  host_side(const host_side&) = delete;
  host_side& operator=(const host_side&) = delete;
  ~host_side();  // discards blocks that the instance has not given back

  const tidegate_host* table() const noexcept { return &table_; }
  const std::string& name() const noexcept { return name_; }
  const std::string& who() const noexcept { return who_; }
  observe::log& log() const noexcept { return environment_.log; }

 private:
  friend struct host_functions;  // the functions of the table, in host_side.cpp

  struct block {
    void* memory;
    std::uint32_t bytes;
  };

  void* allocate(std::uint32_t bytes);
  // The size of a block that the instance holds, which it does no longer; 0 if it is none, which is logged.
  std::uint32_t take_back(void* memory, const char* function);
  // What is wrong with a block that is handed over; null if nothing is.
  const char* problem_of(const void* memory, std::uint32_t bytes) const;
  // Takes the block back and checks it, then hands it to `to`.
  template <class To>
  tidegate_status submit(void* memory, const char* function, To to);
  tidegate_status submit(void* memory);
  tidegate_status submit_marked(void* memory, std::uint64_t mark, std::uint32_t flags);
  void complete(std::uint64_t token, const tidegate_outcome* outcome);
  void complain(const std::string& text) const;  // the plugin broke its contract

  config::component_kind kind_;
  bool may_mark_;
  std::string name_;
  std::string who_;
  const environment& environment_;
  services& services_;
  state_store state_;
  tidegate_host table_{};

  std::mutex mutex_;  // guards what follows
  std::vector<block> held_;
};

}  // namespace tidegate::plugin
