// One file that is followed: read as it grows, decoded, handed on with marks.
//
// It is what it is, not what it is called: it is read on under another name, or none, and another file under
// its name is another one. One that became shorter, or begins in another way than it did, was written anew
// and is read from its beginning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "descriptor.hpp"
#include "file_head.hpp"
#include "file_search.hpp"
#include "positions.hpp"
#include "remembered.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::file_source {

// What all files of an instance have in common; outlives them.
struct followed_by {
  source_host host;
  decoder& decoding;
  positions& marks;
  std::string buffer;    // one file is read at a time
  std::string path_tag;  // the name of a tag with the path, or empty
  metric bytes;
  metric truncations;
  bool are_many = false;  // so that what one file needs while it is read must not stay with it
};

// One thread at a time.
class followed_file {
 public:
  // Throws tidegate::error.
  followed_file(followed_by& by, common::descriptor file, file_identity identity, file_head head,
                std::string path, std::uint64_t offset);
  followed_file(const followed_file&) = delete;
  followed_file& operator=(const followed_file&) = delete;
  ~followed_file() { by_.marks.forget(run_); }

  enum class outcome {
    at_end,
    has_more,      // for the next turn
    wants_credit,  // the pipelines have no room
    failed,        // it cannot be read now; problem() says why
    stopping,      // the instance is being stopped
  };
  // Reads a turn's worth. Only whole frames are handed on. Throws tidegate::error; then rewind().
  outcome read();
  // If nothing has come by now, nothing follows any more: the last line needs no end. At its end: then
  // close().
  outcome finish();
  // After an error in the middle: goes back to what was handed on; or to what is safe, if handing on has
  // failed.
  void rewind();
  void close() noexcept { file_.close(); }

  bool is_open() const noexcept { return static_cast<bool>(file_); }
  // Whether it has no name any more.
  bool is_deleted() const noexcept;
  bool is_all_safe() const { return by_.marks.is_all_safe(run_); }
  int file() const noexcept { return file_.get(); }
  const std::string& path() const noexcept { return path_; }
  void rename(std::string path) { path_ = std::move(path); }
  file_identity identity() const noexcept { return identity_; }
  // When it was last found to have grown; of the monotonic clock.
  std::int64_t grown_at() const noexcept { return grown_at_; }
  // What it is now, if there is nothing to do for it: all of it was read, and is safe.
  std::optional<found_file> at_rest() const;
  // What a restart needs to know.
  remembered_file to_remember() const;
  // Why it could not be read, if it could not.
  const std::string& problem() const noexcept { return problem_; }

 private:
  outcome read_turn();
  outcome take(std::string_view bytes);
  bool submit();
  bool hand_on(void* block);
  bool has_room_for_held() const;
  void open_stream();
  void give_back_memory();
  void begin_anew(const std::string& what);

  followed_by& by_;
  common::descriptor file_;
  file_identity identity_;
  std::string path_;
  const std::string tag_;  // the path that it had when it was found
  file_head head_;
  std::optional<decoder::stream> stream_;
  positions::run run_;
  std::uint64_t read_;       // what was decoded
  std::uint64_t given_;      // behind the last frame that was handed on
  std::uint64_t held_ = 0;   // bytes whose samples wait in the stream
  std::uint64_t taken_ = 0;  // by the stream
  std::int64_t grown_at_ = 0;
  bool is_handing_on_ = false;
  bool has_grown_ = false;  // in the turn that was read last
  std::string problem_;
};

}  // namespace tidegate::file_source
