// A spool in memory, for the tests of what is around it: accepts when the test says so, and lets it see in
// which order things happened.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "spool/spool.hpp"

namespace tidegate::spool {

// A stream, and what its readers share with it.
class fake_stream final : public stream {
 public:
  fake_stream(std::string named, const commit_rule& rule) : name{std::move(named)}, commit{rule} {}

  bool offer(const batch_ref& batch) override { return takes_offers && push(batch, {}, {}); }
  std::uint64_t room() const override { return has_room_for; }
  void expect_claims() override { expects_claims = true; }
  bool push(batch_ref batch, receipt claim, const std::stop_token&) override {
    {
      const std::lock_guard lock{mutex};
      if (refuses_after-- == 0) return false;
      const auto samples = batch.view().size();
      claims.push_back(std::move(claim));
      pushed.push_back({std::move(batch), next, 0, samples});
      next += samples;
    }
    if (on_push) on_push();
    return true;
  }

  const std::string name;
  commit_rule commit;
  std::function<void()> on_push;
  std::atomic<bool> takes_offers{true};
  std::atomic<std::uint64_t> has_room_for{UINT64_MAX};
  std::atomic<bool> expects_claims{false};

  std::mutex mutex;        // all below
  int refuses_after = -1;  // so many pushes from now on one is refused
  std::vector<record> pushed;
  std::vector<receipt> claims;
  std::uint64_t next = 0;
  std::uint64_t accepted = 0;
};

class fake_reader final : public reader {
 public:
  fake_reader(fake_stream& of, std::string named, const reader_limits& with, std::function<void()> told)
      : from{of}, name{std::move(named)}, limits{with}, more{std::move(told)} {}

  bool read(record& into, lane which) override {
    if (on_read) on_read();
    const std::lock_guard lock{from.mutex};
    auto& position = positions[index_of(which)];
    pass_settled(position);
    for (const auto& each : from.pushed) {
      const auto end = each.number + each.count;
      if (end <= position || end > end_of(which)) continue;
      const auto begin = std::max(position, each.number);
      into = {each.batch, each.number, static_cast<std::uint32_t>(begin - each.number),
              static_cast<std::uint32_t>(end - begin)};
      position = end;
      ++reads;
      return true;
    }
    return false;
  }
  bool has_more(lane which) const override {
    const std::lock_guard lock{from.mutex};
    return positions[index_of(which)] < end_of(which);
  }
  bool split() override {
    const std::lock_guard lock{from.mutex};
    auto& live = positions[index_of(lane::live)];
    auto given = live_begin;
    pass_settled(given);
    if (live_begin != UINT64_MAX && given < live) return false;
    live = live_begin = from.accepted;
    return true;
  }
  std::uint64_t live_from() const override {
    const std::lock_guard lock{from.mutex};
    return live_begin;
  }
  bool join() override {
    const std::lock_guard lock{from.mutex};
    auto& main = positions[index_of(lane::main)];
    pass_settled(main);
    if (live_begin == UINT64_MAX) return true;
    if (main < live_begin) return false;
    main = positions[index_of(lane::live)];
    live_begin = UINT64_MAX;
    return true;
  }
  void deliver(std::uint64_t first, std::uint64_t count) override {
    if (on_deliver) on_deliver();
    const std::lock_guard lock{from.mutex};
    ++calls;
    said.delivered += settle(first, count);
  }
  void discard(std::uint64_t first, std::uint64_t count, discard_reason why) override {
    const std::lock_guard lock{from.mutex};
    ++calls;
    said.discarded(why) += settle(first, count);
  }
  tidegate::ledger ledger() const override {
    const std::lock_guard lock{from.mutex};
    auto now = said;
    now.accepted = from.next;
    now.waiting = from.next - settled.size();
    return now;
  }
  discarded_counts discarded_earlier() const override { return earlier; }

  void end() override { ends = true; }
  void detach() override {
    ends = true;
    is_detached = true;
    more = {};
  }

  // What a limit does: all before `number` that is not settled is gone.
  void drop_before(std::uint64_t number) { discard(0, number, discard_reason::full); }
  std::set<std::uint64_t> settled_numbers() const {
    const std::lock_guard lock{from.mutex};
    return settled;
  }

  fake_stream& from;
  const std::string name;
  reader_limits limits;
  std::function<void()> more;
  std::atomic<bool> ends{false};
  std::atomic<bool> is_detached{false};
  std::function<void()> on_read;  // with no lock held: may take its time, as a disk does
  std::function<void()> on_deliver;
  std::atomic<int> reads{0};
  int calls = 0;
  discarded_counts earlier{};

 private:
  std::uint64_t settle(std::uint64_t first, std::uint64_t count) {
    std::uint64_t news = 0;
    for (auto number = first; number < first + count; ++number) news += settled.insert(number).second ? 1 : 0;
    return news;
  }
  void pass_settled(std::uint64_t& number) const {
    while (settled.count(number) != 0) ++number;
  }
  std::uint64_t end_of(lane which) const {
    if (which == lane::main) return std::min(from.accepted, live_begin);
    return live_begin == UINT64_MAX ? 0 : from.accepted;
  }
  std::array<std::uint64_t, lane_count> positions{};
  std::uint64_t live_begin = UINT64_MAX;
  std::set<std::uint64_t> settled;
  tidegate::ledger said;
};

class fake_spool final : public spool {
 public:
  stream& add_stream(const std::string& pipeline, const commit_rule& commit) override {
    for (auto& each : streams) {
      if (each->name != pipeline) continue;
      each->commit = commit;
      return *each;
    }
    auto& made = *streams.emplace_back(std::make_unique<fake_stream>(pipeline, commit));
    made.on_push = [this] {
      if (commits_at_once) accept();
    };
    return made;
  }
  reader& add_reader(stream& of, const std::string& sink, const reader_limits& limits,
                     std::function<void()> more) override {
    for (auto& each : readers) {
      if (&each->from != &of || each->name != sink) continue;
      each->limits = limits;
      each->more = std::move(more);
      each->ends = each->is_detached = false;
      return *each;
    }
    return *readers.emplace_back(
        std::make_unique<fake_reader>(static_cast<fake_stream&>(of), sink, limits, std::move(more)));
  }
  // A commit: all that was pushed may be read.
  void accept() {
    for (auto& each : streams) {
      std::vector<receipt> released;
      const std::lock_guard lock{each->mutex};
      each->accepted = each->next;
      released.swap(each->claims);
    }
    for (auto& each : readers)
      if (each->more) each->more();
  }
  void start() override { note("start"); }
  bool flush(std::int64_t) override {
    note("flush");
    if (on_flush) on_flush();
    if (can_flush) accept();
    return can_flush;
  }
  void stop() override { note("stop"); }
  status now() const override { return {}; }

  void note(const std::string& what) {
    const std::lock_guard lock{mutex};
    happened.push_back(what);
  }

  std::atomic<bool> commits_at_once{true};
  std::atomic<bool> can_flush{true};
  std::function<void()> on_flush;
  std::vector<std::unique_ptr<fake_stream>> streams;
  std::vector<std::unique_ptr<fake_reader>> readers;
  std::mutex mutex;
  std::vector<std::string> happened;
};

}  // namespace tidegate::spool
