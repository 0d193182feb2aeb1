// Tells the sinks of one pipeline, as data, what was discarded on the way to any of them, so that they see a
// hole and not silence: samples of series tidegate_gap with the tags `route` and `reason` and the field
// `samples`.
//
// It is read off the ledgers of the routes, so nothing on the way of the samples knows of it. Told is what a
// limit or the disk took. Not told is what a sink rejected, which is in the dead letters, nor what an
// operator removed, who knows.
//
// A report goes the way of all samples, and a route that is full discards something for it. That is counted
// and told as well; but while nothing else comes it is told less and less often, down to once an hour, or
// reports would push out all that waits.
//
// Over a crash it is a good account, not an exact one. What was discarded since the last report, about a
// second before the end, is told by nobody; and what was told while the cursors that count it were not on
// disk yet comes back with the samples, which may be delivered, or discarded and told once more.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "batch/batch_ref.hpp"
#include "batch/ledger.hpp"
#include "pipeline/backlog.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/tag_suffix.hpp"

namespace tidegate::pipeline {

// One thread at a time, which never waits here.
class gap_reporter {
 public:
  // `tags` are the gateway's.
  explicit gap_reporter(const std::map<std::string, std::string>& tags) : tags_{tags} {}

  // While the gateway is wired. What `earlier` says is not told any more. Reports go to each head once,
  // however many routes lie behind it. All outlive the reporter.
  void add_route(std::string name, const backlog& waiting, const discarded_counts& earlier, inlet& head);

  struct moment {
    std::int64_t monotonic = 0;
    std::int64_t utc = 0;
  };
  // What is new, at most once a second. Where a head has no room now, the next call tells it.
  void tell(const moment& now);
  // The same, but there will be no next call.
  void tell_last(const moment& now);

 private:
  struct route {
    std::string name;
    const backlog* waiting;
    tidegate::ledger now;
    std::uint64_t reports = 0;  // samples of ours that it has accepted

    std::uint64_t accepted_of_others() const noexcept { return now.accepted - reports; }
  };
  struct told {
    discarded_counts discarded{};
    std::uint64_t accepted_of_others = 0;
  };
  struct head {
    inlet* to;
    std::vector<std::size_t> behind;  // routes
    std::vector<told> known;          // by route, of all of the pipeline
    std::int64_t next = 0;            // no report before
    std::int64_t next_alone = 0;      // nor for its own sake
    std::int64_t delay = 0;
  };
  enum class news { none, own, others };  // own: what may have been discarded for our reports

  void look();
  head& head_of(inlet& to);
  news news_for(const head& of) const;
  void tell(head& to, const moment& now);
  batch_ref report_for(const head& of, std::int64_t utc) const;

  tag_suffix tags_;
  std::vector<route> routes_;
  std::deque<head> heads_;
};

}  // namespace tidegate::pipeline
