// The source `file`: what README.md describes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "change_watch.hpp"
#include "file_search.hpp"
#include "followed_file.hpp"
#include "frame_end.hpp"
#include "positions.hpp"
#include "remembered.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::file_source {

// A poll lasts nearly as long as its interval: it reads, waits for changes and reads again, and lets the host
// tell what was acknowledged in between.
class file_source {
 public:
  static constexpr component info{.name = "file",
                                  .summary = "Follows files to which lines or other frames are appended.",
                                  .options = R"({"properties": {
  "paths": {"type": "array", "minItems": 1, "required": true, "items": {"type": "string", "unit": "path"},
    "examples": [["/var/log/meter/*.log"]],
    "description": "The files: patterns as in a shell, with *, ? and [...]."},
  "exclude": {"type": "array", "default": [], "items": {"type": "string"}, "examples": [["*.gz"]],
    "description": "Patterns of files that are left out: of whole paths if there is a slash in it, else of names."},
  "read_from": {"type": "string", "enum": ["beginning", "end"], "default": "beginning",
    "description": "Where to begin in the files that are there at the very first start. Afterwards every file is read on where it was left, and new ones from their beginning."},
  "rotate_wait": {"type": "string", "unit": "duration", "default": "5s", "minimum": "0s", "maximum": "1h",
    "description": "How long a file that was renamed or deleted is still followed after it has grown last."},
  "path_tag": {"type": "string", "examples": ["path"],
    "description": "A tag of this name has the path that the file had when it was found."},
  "framing": {"$ref": "tidegate:framing"},
  "format": {"$ref": "tidegate:format", "required": true},
  "interval": {"type": "string", "unit": "duration", "default": "1s", "minimum": "10ms", "maximum": "4s",
    "description": "How often it is looked for new files, and for changes where the file system does not tell of them; how often offsets are stored."}
}})"};
  static constexpr auto flow = tidegate::flow::replayable;

  file_source(source_host host, const options& options);
  void start();
  void poll();
  void acknowledge(std::uint64_t mark);
  void request_stop() noexcept;
  void stop();

 private:
  using clock = std::chrono::steady_clock;
  // The files of an instance that are open at a time. Of others it is known what they were when they were
  // closed.
  static constexpr std::size_t files_max = 400;

  struct entry {
    std::unique_ptr<followed_file> file;
    int watch = -1;
    bool may_have_more = true;
    bool is_matched = true;
    bool has_failed = false;  // when it was read last
    bool is_deleted = false;
    std::int64_t gone_at = 0;  // when it was no longer matched
  };
  struct round {
    bool has_more = false;
    bool wants_credit = false;
    bool has_moved = false;
  };

  void look();
  void take_found(const std::vector<found_file>& found);
  void notice_gone(std::string& problem);
  bool rests(const found_file& found);
  // Whether no more need be done for it; false: it is tried again.
  bool follow(const found_file& found, bool is_matched);
  void look_for_renamed();
  void follow_renamed();
  bool has_room_for(const found_file& found);
  bool make_room();
  std::list<entry>::iterator drop(std::list<entry>::iterator which);
  std::uint64_t offset_of(const found_file& found, const remembered_file* known, int file,
                          std::uint64_t size);

  round read_all();
  void read(entry& from, round& into);
  followed_file::outcome guarded(entry& which, followed_file::outcome (followed_file::*call)());
  bool waits_for_older(const entry& which) const;
  void finish_gone(entry& which, round& into);
  bool wait(const round& after, clock::time_point end);

  void load();
  void store();
  void drop_closed();

  source_host host_;
  file_search search_;
  bool begins_at_end_;
  frame_end frame_end_;
  std::chrono::nanoseconds rotate_wait_;
  std::chrono::nanoseconds interval_;
  decoder decoder_;
  positions marks_;
  followed_by by_;
  metric open_files_;
  change_watch watch_;
  std::atomic<bool> is_stopping_{false};

  std::list<entry> files_;
  std::map<file_identity, std::list<entry>::iterator> followed_;
  std::map<file_identity, found_file> resting_;  // were closed for want of room; they are matched
  remembered_files remembered_;
  std::set<file_identity> present_;  // whatever is matched, or followed
  // At the very first start, where it begins at the end: what was there, and has not been opened yet.
  std::map<file_identity, std::uint64_t> sizes_at_first_;
  bool looks_for_renamed_ = true;
  std::int64_t looks_for_renamed_since_ = 0;
  bool may_make_room_ = true;      // in the look that is under way
  bool look_is_due_ = false;       // something has changed in a folder
  clock::time_point next_look_{};  // not before
  bool is_changed_ = false;        // since it was stored
  bool is_first_start_ = false;
  bool is_very_first_ = false;  // the look that is next
  std::string problem_;         // of the poll that is under way
  std::chrono::nanoseconds credit_wait_{0};
  bool said_nothing_found_ = false;
  bool said_too_many_ = false;
};

}  // namespace tidegate::file_source
