// Drives the log through random operations, errors and crashes, and knows what must come out of it.
//
// The model: what a push was told to be accepted is read by every reader at least once, in the order of its
// lane, unless a limit has discarded and counted it; nothing is read that was not pushed, and nothing twice
// between two starts.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulated_folder.hpp"
#include "spool/disk_reader.hpp"
#include "spool/log.hpp"

namespace tidegate::spool {

class simulation {
 public:
  struct setup {
    bool never = false;      // one stream is written without syncs
    bool limits = false;     // readers have limits, and the log is small
    bool errors = false;     // calls fail
    bool turnover = false;   // much is written and delivered, so that files are used again and again
    bool power_cuts = true;  // else kills
    bool lanes = false;      // readers split what they read, and join it again
    std::uint64_t steps = 60;
  };
  // A number in [0, below).
  using draw = std::function<std::uint64_t(std::uint64_t below)>;

  simulation(const setup& with, draw decide);
  ~simulation();

  // To the end; the first thing that is not as it must be, empty if all is.
  std::string run();
  // What happened, for whoever looks for the cause.
  const std::vector<std::string>& trace() const noexcept { return trace_; }

 private:
  struct quiet_log;
  struct read_batch {
    std::uint64_t first;
    std::uint64_t count;
  };
  struct reader_model {
    std::string stream;
    std::string name;
    log::reader_state* state = nullptr;
    std::array<disk_reader, lane_count> disks;
    std::vector<read_batch> in_flight;
    std::set<std::uint64_t> seen;   // values that were read
    std::set<std::uint64_t> given;  // numbers, in this run of the log
    std::array<std::uint64_t, lane_count> last_new{};
    ledger before_crash;
  };
  struct stream_model {
    std::string name;
    log::stream_state* state = nullptr;
    std::map<std::uint64_t, std::uint64_t> values;  // by number, in this run of the log
    std::set<std::uint64_t> pushed;
    std::set<std::uint64_t> promised;
    std::set<std::uint64_t> claimed;  // values that a replayable source gave
    std::uint64_t accepted = 0;       // of which that was taken note
  };

  void open();
  void wire();
  void step();
  void push();
  void work(std::uint64_t jobs);
  void note_accepted();
  bool read(reader_model& of);
  bool read(reader_model& of, lane from);
  void note_read(reader_model& of, lane from, const record& found);
  void change_lanes(reader_model& of);
  void settle(reader_model& of);
  void crash();
  void make_error();
  void drain();
  void judge();
  void expect(bool holds, const std::string& what);
  moment now() const { return {monotonic_, utc_}; }
  void say(std::string what) { trace_.push_back(std::move(what)); }

  const setup setup_;
  draw draw_;
  std::unique_ptr<quiet_log> quiet_;
  simulated_folder folder_;
  simulated_folder::random random_;
  std::unique_ptr<log> log_;
  std::vector<stream_model> streams_;
  std::vector<reader_model> readers_;
  std::int64_t monotonic_ = 1'000'000'000;
  std::int64_t utc_ = 1'700'000'000'000'000'000;
  std::uint64_t next_value_ = 1;
  bool draining_ = false;
  std::string wrong_;
  std::vector<std::string> trace_;
};

}  // namespace tidegate::spool
