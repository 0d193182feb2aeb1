// The processor `lua`: what README.md describes.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "interpreter.hpp"
#include "result.hpp"
#include "schema.hpp"
#include "series/outlet.hpp"
#include "series/selection.hpp"
#include "series/sieve.hpp"
#include "series/snapshot.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::lua {

// Passes a batch on untouched if the script changes no sample of it.
class lua_processor {
 public:
  static constexpr component info{
      .name = "lua", .summary = "Runs a script in Lua on each sample.", .options = schema::options};

  lua_processor(processor_host host, const options& given);
  void start();
  bool process(batch_view batch);
  void request_stop() noexcept;
  void stop();

 private:
  void make_interpreter(std::string_view saved);
  void offer(const sample_view& sample);
  void run(const sample_view& sample);
  void failed(const std::string& why);
  void tell(const std::string& why);
  void make_room();

  processor_host host_;
  std::string text_;
  std::string name_;  // of the script, in messages
  limits limits_;
  bool passes_errors_;
  series::chosen_series series_;
  std::unique_ptr<interpreter> script_;  // made anew under the mutex
  std::mutex mutex_;
  result result_;
  series::snapshot snapshot_;
  series::outlet out_;
  series::sieve sieve_{out_};
  std::size_t bytes_made_ = 0;
  std::uint32_t dropped_in_batch_ = 0;
  struct told {
    std::string place;
    std::int64_t at;
  };
  std::vector<told> told_;
  std::uint64_t errors_in_all_ = 0;
  metric dropped_;
  metric errors_;
  metric began_anew_;
};

}  // namespace tidegate::lua
