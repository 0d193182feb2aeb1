// Looks after the files that are no longer written: compresses them and deletes what retention does not
// keep, in a thread of its own at the lowest priority.
//
// Each pass begins with what lies on disk and every step can be cut off by a crash, so that there is
// nothing to be remembered: the next pass, of this process or the next one, goes on from there. Files
// that someone holds a lock on are left alone: they are being written.
//
//   compressing X:   X.gz.part written, synced -> renamed to X.gz, folder synced -> X removed
//   crash in 1:      X.gz.part is removed, X compressed again
//   crash in 2:      X.gz holds the same as X: X is removed
//
// start, kick and stop from one thread; request_stop from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "listing.hpp"
#include "path_pattern.hpp"
#include "retention.hpp"
#include "tidegate/host.hpp"

namespace tidegate::file_sink {

class housekeeper {
 public:
  housekeeper(sink_host host, const path_pattern& pattern, const retention_limits& limits, compression how);
  ~housekeeper();
  housekeeper(const housekeeper&) = delete;
  housekeeper& operator=(const housekeeper&) = delete;

  // Whether there is anything to look after: without compression and retention there is no thread.
  bool has_work() const { return how_ != compression::none || limits_.any(); }

  void start();
  // A file was closed, or time has passed: one more pass.
  void kick();
  // A pass that is under way ends after the block it is compressing.
  void request_stop() noexcept;
  void stop();

  // One pass, in the calling thread.
  void pass();

 private:
  struct found {
    std::vector<own_file> closed;
    std::uint64_t live_size = 0;
  };

  void run();
  found look() const;
  void apply_retention();
  void compress_closed();
  void compress_one(const own_file& file);
  bool was_compressed_before(int original, const std::string& path, const std::string& target);
  bool write_compressed(int original, const std::string& path, const std::string& target);
  void remove_empty_folders(const std::string& path) const;
  bool remove(const own_file& file);
  void warn_once(const std::string& text);

  const sink_host host_;
  const path_pattern& pattern_;
  const retention_limits limits_;
  const compression how_;
  const metric compressed_;
  const metric deleted_;
  std::set<std::string> warned_;

  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // guards kicked_
  std::condition_variable wake_;
  bool kicked_ = false;
  std::thread thread_;
};

}  // namespace tidegate::file_sink
