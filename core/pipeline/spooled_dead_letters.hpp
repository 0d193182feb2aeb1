// Dead letters in a spool of their own, so that they neither take the room of what can be delivered nor wait
// behind it.
//
// A stream for each route. A record is a batch: the rejected samples as they were, and behind them one of the
// series `dead_letter` with the fields `route` and `reason` and the time of the rejection. When the spool is
// full the oldest make room, and are counted as discarded there.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "pipeline/dead_letters.hpp"
#include "spool/spool.hpp"

namespace tidegate::pipeline {

class spooled_dead_letters final : public dead_letters {
 public:
  // Gives the spool, not started; null if it cannot be had now.
  using opener = std::function<std::unique_ptr<spool::spool>()>;

  // The spool is opened when the first sample comes, which in most gateways is never. `routes` are those
  // that are known; a reload may bring others. The references, and what the opener refers to, outlive the
  // dead letters.
  spooled_dead_letters(opener open, std::vector<std::string> routes, const observe::clock& clock,
                       observe::log& log);
  ~spooled_dead_letters() override;

  bool keep(const std::string& route, const batch_ref& batch, std::span<const std::uint32_t> samples,
            std::string_view reason) override;

 private:
  // What was pushed and is not known to be safe: asked for again, it must not be pushed twice.
  struct pushed {
    batch_ref batch;
    std::vector<std::uint32_t> samples;
  };
  bool open();
  spool::stream& stream_of(const std::string& route);
  bool push(const std::string& route, const batch_ref& batch, std::span<const std::uint32_t> samples,
            std::string_view reason);

  const opener open_;
  const std::vector<std::string> routes_;
  const observe::clock& clock_;
  observe::log& log_;
  std::mutex mutex_;  // all below; held while the disk is written, so one route at a time
  std::unique_ptr<spool::spool> spool_;
  std::map<std::string, spool::stream*> streams_;
  std::map<std::string, pushed> unconfirmed_;
};

}  // namespace tidegate::pipeline
