#include "followed_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tidegate::file_source {
namespace {

// What one file is given before the others have their turn.
constexpr std::uint64_t turn_bytes = 1024 * 1024;

// A stream that has taken so much may have grown.
constexpr std::uint64_t much = 128 * 1024;

// Most batches are smaller than this; with that much room no sizes need be looked at.
constexpr std::uint64_t plenty = 1024 * 1024;
// With less, so many times the bytes of the file are reckoned for the samples that are made of them. "1" in a
// line of its own is 2 bytes, and 40 as a sample.
constexpr std::uint64_t growth_max = 32;
constexpr std::uint64_t piece_bytes_min = 512;

// How many bytes may be read when the pipelines have room for `credit`.
std::size_t piece_for(std::uint64_t credit, std::size_t buffer_bytes) {
  if (credit >= plenty) return buffer_bytes;
  const auto bytes = credit / growth_max;
  return bytes < piece_bytes_min ? 0 : std::min(static_cast<std::size_t>(bytes), buffer_bytes);
}

}  // namespace

followed_file::followed_file(followed_by& by, common::descriptor file, file_identity identity, file_head head,
                             std::string path, std::uint64_t offset)
    : by_{by},
      file_{std::move(file)},
      identity_{identity},
      path_{std::move(path)},
      tag_{path_},
      head_{std::move(head)},
      run_{by.marks.begin(offset)},
      read_{offset},
      given_{offset},
      grown_at_{by.host.now_monotonic()} {
  open_stream();
}

void followed_file::open_stream() {
  const tag_view tag{by_.path_tag, tag_};
  taken_ = 0;
  stream_.emplace(by_.decoding.open({&tag, by_.path_tag.empty() ? std::size_t{0} : std::size_t{1}}));
}

// A stream that has made large batches keeps their memory. What it has of a line that is not complete is read
// again.
void followed_file::give_back_memory() {
  if (stream_->pending() >= much) return;
  read_ = given_;
  open_stream();
}

followed_file::outcome followed_file::read() {
  problem_.clear();
  has_grown_ = false;
  const auto came = read_turn();
  const bool may_submit = came == outcome::at_end || came == outcome::has_more;
  if (may_submit && by_.are_many && taken_ >= much) {
    if (!submit()) return outcome::stopping;
    give_back_memory();
  }
  return came;
}

followed_file::outcome followed_file::read_turn() {
  for (std::uint64_t turn = 0; turn < turn_bytes;) {
    const auto piece = piece_for(by_.host.credit(), by_.buffer.size());
    if (piece == 0 || !has_room_for_held()) return outcome::wants_credit;
    const auto got = ::pread(file_.get(), by_.buffer.data(), piece, static_cast<off_t>(read_));
    if (got < 0) {
      problem_ = "cannot read " + path_ + ": " + std::strerror(errno);
      // Of a file that is no longer there on its server nothing will ever come.
      return errno == ESTALE ? outcome::at_end : outcome::failed;
    }
    // After reading: if it begins as it did, what was read is of the same file.
    struct stat is {};
    const bool is_shorter =
        got == 0 && ::fstat(file_.get(), &is) == 0 && static_cast<std::uint64_t>(is.st_size) < read_;
    const auto is_like = is_shorter ? likeness::other : head_.compare(file_.get());
    if (is_like == likeness::unknown) {
      problem_ = "cannot read the beginning of " + path_ + ": " + std::strerror(errno);
      return outcome::failed;
    }
    if (is_like == likeness::other) {
      begin_anew(is_shorter ? "was truncated to " + std::to_string(is.st_size) + " bytes"
                            : "was written anew");
      continue;
    }
    const std::string_view bytes{by_.buffer.data(), static_cast<std::size_t>(got)};
    if (const auto came = take(bytes); came != outcome::at_end) return came;
    turn += bytes.size();
    if (bytes.size() < piece) return submit() ? outcome::at_end : outcome::stopping;
    // Where room is scarce, what was read is handed on before more is.
    if (piece < by_.buffer.size() && !submit()) return outcome::stopping;
  }
  return outcome::has_more;
}

// at_end: of the bytes.
followed_file::outcome followed_file::take(std::string_view bytes) {
  if (bytes.empty()) return outcome::at_end;
  has_grown_ = true;
  grown_at_ = by_.host.now_monotonic();
  const auto time = by_.host.now_utc();
  while (!bytes.empty()) {
    const auto taken = stream_->feed_some(bytes, time);
    bytes.remove_prefix(taken);
    read_ += taken;
    held_ += taken;
    taken_ += taken;
    by_.bytes.add(taken);
    if (bytes.empty()) break;
    if (!submit()) return outcome::stopping;
    // The rest is read again when there is room.
    if (by_.host.credit() < plenty) return outcome::has_more;
  }
  return outcome::at_end;
}

bool followed_file::has_room_for_held() const {
  if (stream_->samples() == 0) return true;
  const auto credit = by_.host.credit();
  return credit >= plenty || held_ <= credit / growth_max;
}

// Hands on what is complete. False: the instance is being stopped.
bool followed_file::submit() {
  const auto end = read_ - stream_->pending();
  if (stream_->samples() == 0 && end == given_) return true;
  return hand_on(stream_->samples() == 0 ? nullptr : stream_->take());
}

bool followed_file::hand_on(void* block) {
  given_ = read_ - stream_->pending();
  held_ = 0;
  is_handing_on_ = true;
  const bool is_going_on = by_.host.submit(block, by_.marks.give(run_, given_));
  is_handing_on_ = false;
  return is_going_on;
}

followed_file::outcome followed_file::finish() {
  // What was written since it was read last.
  if (const auto came = read(); came != outcome::at_end) return came;
  if (has_grown_) return outcome::has_more;
  if (by_.host.credit() < plenty && !has_room_for_held()) return outcome::wants_credit;
  const auto hand_on_it = [&](void* block) { return hand_on(block); };
  return stream_->pause(TIDEGATE_PAUSE_COMPLETE, by_.host.now_utc(), hand_on_it) && submit()
             ? outcome::at_end
             : outcome::stopping;
}

void followed_file::rewind() {
  if (std::exchange(is_handing_on_, false)) {
    const auto safe = by_.marks.safe(run_);
    by_.marks.forget(run_);
    run_ = by_.marks.begin(safe);
    given_ = safe;
  }
  read_ = given_;
  held_ = 0;
  open_stream();
}

void followed_file::begin_anew(const std::string& what) {
  by_.host.info(path_ + ": " + what + " after it had been read up to byte " + std::to_string(read_) +
                "; it is read from its beginning");
  by_.truncations.add();
  // What stood at its end without a line break is gone; what was complete is still handed on.
  stream_->pause(TIDEGATE_PAUSE_BROKEN, by_.host.now_utc(), [&](void* block) { return hand_on(block); });
  by_.marks.forget(run_);
  run_ = by_.marks.begin(0);
  read_ = given_ = held_ = 0;
  head_ = {};
  open_stream();
}

bool followed_file::is_deleted() const noexcept {
  struct stat is {};
  return is_open() && ::fstat(file_.get(), &is) == 0 && is.st_nlink == 0;
}

std::optional<found_file> followed_file::at_rest() const {
  if (!is_open() || !is_all_safe() || stream_->samples() != 0) return std::nullopt;
  struct stat is {};
  if (::fstat(file_.get(), &is) != 0 || static_cast<std::uint64_t>(is.st_size) != read_) return std::nullopt;
  return found_file{path_, identity_, read_, is.st_mtim.tv_sec * 1'000'000'000 + is.st_mtim.tv_nsec};
}

remembered_file followed_file::to_remember() const {
  remembered_file made;
  made.identity = identity_;
  made.offset = by_.marks.safe(run_);
  made.head_length = static_cast<std::uint32_t>(std::min<std::uint64_t>(made.offset, head_.length()));
  made.head_hash = head_.hash(made.head_length);
  return made;
}

}  // namespace tidegate::file_source
