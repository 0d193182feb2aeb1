// A backlog in the spool: what one reader of a stream has not settled yet.
//
// The log on disk keeps everything; in memory is only what was read for the next delivery, and what was
// handed out or has come back. The reader is asked for no more than that, so that a backlog of gigabytes
// takes no more memory than the sink's window of deliveries.
//
// A limit of the route may discard samples that are in memory already. They may be delivered all the same;
// the reader ignores what is said of them then.
#pragma once

#include <mutex>
#include <vector>

#include "observe/clock.hpp"
#include "pipeline/backlog.hpp"
#include "pipeline/part_lanes.hpp"
#include "spool/spool.hpp"

namespace tidegate::pipeline {

class spool_backlog final : public backlog {
 public:
  // Both outlive the backlog.
  spool_backlog(spool::reader& from, const observe::clock& clock) : reader_{from}, clock_{clock} {}

  void fetch(const config::batch_limits& wanted, lane from = lane::main) override;
  // The wait for more counts from when a sample was read: there is no older time that survives a restart.
  std::int64_t ready_at(const config::batch_limits& wanted, lane from = lane::main) const override;
  void take(const config::batch_limits& wanted, std::vector<part>& parts, lane from = lane::main) override;
  bool has_more(lane from = lane::main) const override;
  void split() override;
  bool join() override;
  void put_back(std::vector<part>& parts) override;
  void deliver(std::vector<part>& parts) override;
  void discard(std::vector<part>& parts, discard_reason why) override;
  tidegate::ledger ledger() const override { return reader_.ledger(); }
  bool is_kept() const noexcept override { return true; }

 private:
  bool is_short_of(const config::batch_limits& wanted, lane in) const;
  bool is_closed(lane which) const noexcept { return which == lane::live && splits_later_; }
  void split_if_possible();

  spool::reader& reader_;
  const observe::clock& clock_;
  mutable std::mutex mutex_;  // what is at hand; never held while the reader is called
  part_lanes at_hand_;
  bool splits_later_ = false;  // the consumer's own
};

}  // namespace tidegate::pipeline
