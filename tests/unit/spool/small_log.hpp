// A log in a simulated folder, with one stream and two readers, for tests that look at what is on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulated_folder.hpp"
#include "spool/disk_reader.hpp"
#include "spool/log.hpp"
#include "unit/batch/made_batch.hpp"
#include "unit/pipeline/recorded_log.hpp"

namespace tidegate::spool {

// Values count up from 0, and are the numbers of the samples as well unless some were discarded. Time stands
// still but for pass().
class small_log {
 public:
  static options small_options() {
    options made;
    made.segment_bytes = segment_bytes_min;
    made.min_free_bytes = 0;
    return made;
  }

  explicit small_log(simulated_folder& files, const options& with = small_options(),
                     const reader_limits& limits = blocking(), const commit_rule& rule = {})
      : spooled{files, with, said}, limits_{limits}, rule_{rule} {
    spooled.open(now());
    stream = &spooled.stream("pipeline", rule_);
    next_value_ = stream->next;
    readers = {&spooled.reader(*stream, "one", limits_), &spooled.reader(*stream, "two", limits_)};
  }

  static reader_limits blocking() {
    reader_limits made;
    made.when_full = when_full::block;
    return made;
  }

  moment now() const { return {monotonic, monotonic + 1'700'000'000'000'000'000}; }
  void pass(std::int64_t nanoseconds) { monotonic += nanoseconds; }

  log::admission push(std::uint32_t samples, const receipt& claim = {}) {
    std::uint64_t number = 0;
    const auto done = spooled.push(*stream, make_batch(next_value_, samples), claim, now(), number);
    if (done != log::admission::no_room) next_value_ += samples;
    return done;
  }
  // All that is due, and with hurry() all that there is.
  void work() {
    while (const auto job = spooled.plan(now())) {
      job->run();
      spooled.finish(*job, now());
      spooled.check();
    }
  }
  void commit() {
    spooled.hurry();
    work();
  }

  bool read(std::size_t which, record& into, lane from = lane::main) {
    auto& disk = disks[which][index_of(from)];
    while (true) {
      log::disk_place place;
      switch (spooled.find(*readers[which], from, into, place, now())) {
        case log::where::nowhere:
          return false;
        case log::where::memory:
          return true;
        case log::where::disk:
          break;
      }
      const auto outcome = disk.read(place);
      if (outcome == disk_reader::outcome::error) {
        disk.skip_unreadable();
        continue;
      }
      if (spooled.take(*readers[which], place,
                       outcome == disk_reader::outcome::found ? &disk.found() : nullptr, disk.service_time(),
                       into, now()))
        return true;
    }
  }
  // Reads all that can be read, delivers it, and gives the values.
  std::vector<std::uint64_t> deliver_all(std::size_t which, lane from = lane::main) {
    std::vector<std::uint64_t> values;
    record each;
    while (read(which, each, from)) {
      for (auto index = each.first; index < each.first + each.count; ++index)
        values.push_back(each.batch.view()[index].find("n")->as_u64());
      spooled.deliver(*readers[which], each.number + each.first, each.count, now());
    }
    return values;
  }
  ledger ledger_of(std::size_t which) const { return spooled.ledger(*readers[which]); }

  observe::recorded_log said;
  log spooled;
  log::stream_state* stream = nullptr;
  std::vector<log::reader_state*> readers;
  disk_reader disks[2][lane_count];
  std::int64_t monotonic = 1'000'000'000;

 private:
  std::uint64_t next_value_ = 0;
  reader_limits limits_;
  commit_rule rule_;
};

}  // namespace tidegate::spool
