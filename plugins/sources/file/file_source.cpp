#include "file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tidegate::file_source {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr std::string_view state_key = "files";
constexpr std::size_t few_files = 4;
// A file in which nothing has come for so long may be closed where others need its place.
constexpr std::chrono::nanoseconds idle_min = 10s;

// After a look that found something: lines that come one by one are read some at a time.
constexpr auto gather_time = 20ms;
// Where folders change all the time, so many times what a look has lasted pass before the next one: with
// thousands of files it costs no more than a twentieth of a processor.
constexpr int look_pause_factor = 19;
// How often it is looked whether there is room again: soon, then less and less often.
constexpr std::chrono::nanoseconds credit_wait_min = 2ms;
constexpr std::chrono::nanoseconds credit_wait_max = 100ms;

// A file has no pauses and no packets that could end a frame.
void check_framing(const options& framing) {
  if (framing.is_null() || !framing.has("type")) return;
  const auto type = framing["type"].text();
  if (type == "silence" || type == "datagram")
    throw configuration_error("framing.type",
                              "a file has no " + std::string{type == "silence" ? "pauses" : "packets"} +
                                  " that could end a frame; use another framing, such as line");
}

}  // namespace

file_source::file_source(source_host host, const options& options)
    : host_{host},
      search_{options["paths"].strings(), options["exclude"].strings()},
      begins_at_end_{options["read_from"].text() == "end"},
      frame_end_{options["framing"], options["format"]},
      rotate_wait_{options["rotate_wait"].duration()},
      interval_{options["interval"].duration()},
      decoder_{host, options["framing"], options["format"]},
      by_{host,
          decoder_,
          marks_,
          {},
          options.has("path_tag") ? options["path_tag"].string() : std::string{},
          host.counter("read_bytes_total", "Bytes that were read from files."),
          host.counter("truncations_total", "Files that were truncated and read from their beginning.")},
      open_files_{host.gauge("open_files", "Files that are followed.")} {
  check_framing(options["framing"]);
}

void file_source::start() {
  is_stopping_ = false;
  watch_.clear();
  by_.buffer.resize(buffer_bytes);
  load();
  is_very_first_ = is_first_start_ && begins_at_end_;
  look_for_renamed();
  look();
  // Where the end was must be known from now on: after a crash it is somewhere else.
  is_changed_ = is_first_start_ && begins_at_end_;
  store();
}

void file_source::acknowledge(std::uint64_t mark) {
  marks_.acknowledge(mark);
  is_changed_ = true;
}

void file_source::request_stop() noexcept {
  is_stopping_ = true;
  watch_.interrupt();
}

void file_source::stop() {
  const auto close = [this] {
    files_.clear();
    followed_.clear();
    resting_.clear();
    sizes_at_first_.clear();
    watch_.clear();
  };
  try {
    store();  // what was acknowledged while the pipelines ran dry
  } catch (...) {
    close();
    throw;
  }
  close();
}

void file_source::poll() {
  const auto end = clock::now() + interval_ * 19 / 20;
  problem_.clear();
  try {
    store();
  } catch (const error& failed) {
    if (failed.status() != TIDEGATE_ERROR_TEMPORARY) throw;
    problem_ = failed.what();  // reading goes on; a crash would double what comes meanwhile
  }
  look();
  for (auto& each : files_) each.may_have_more = true;
  while (wait(read_all(), end)) {
  }
  if (const auto watching = watch_.take_problem(); !watching.empty()) host_.warning(watching);
  if (!problem_.empty()) throw temporary(problem_);
}

// ---- which files -----------------------------------------------------------------------------------

void file_source::look() {
  const auto began = clock::now();
  std::string problem;
  const auto found = search_.find(problem);
  may_make_room_ = true;
  present_.clear();
  for (const auto& file : found) present_.insert(file.identity);
  notice_gone(problem);
  for (const auto& each : files_) present_.insert(each.file->identity());
  if (!problem.empty()) problem_ = problem;
  take_found(found);
  if (looks_for_renamed_) follow_renamed();
  for (auto& each : files_)
    if (!each.is_matched && each.gone_at == 0) each.gone_at = host_.now_monotonic();
  for (const auto& folder : search_.folders()) watch_.watch_folder(folder);
  if (files_.empty() && resting_.empty() && !std::exchange(said_nothing_found_, true))
    host_.info("no file is there yet that 'paths' means");
  by_.are_many = files_.size() > few_files;
  open_files_.set(static_cast<double>(files_.size()));
  look_is_due_ = false;
  next_look_ =
      clock::now() + std::max<clock::duration>(gather_time, look_pause_factor * (clock::now() - began));
}

// One that was not found is gone only if that is certain.
void file_source::notice_gone(std::string& problem) {
  for (auto& each : files_)
    if (each.is_matched && !present_.contains(each.file->identity()))
      each.is_matched = !file_search::is_gone(each.file->path(), each.file->identity(), problem);
  for (auto each = resting_.begin(); each != resting_.end();) {
    const auto& [identity, file] = *each;
    if (present_.contains(identity) || !file_search::is_gone(file.path, identity, problem)) {
      present_.insert(identity);
      ++each;
      continue;
    }
    // Something may have been written before it was renamed.
    look_for_renamed();
    each = resting_.erase(each);
  }
}

void file_source::take_found(const std::vector<found_file>& found) {
  if (is_very_first_)
    for (const auto& file : found) sizes_at_first_.emplace(file.identity, file.size);
  is_very_first_ = false;
  for (const auto& file : found) {
    if (const auto known = followed_.find(file.identity); known != followed_.end()) {
      auto& of = *known->second;
      of.is_matched = true;
      of.gone_at = 0;
      of.file->rename(file.path);
    } else if (!rests(file)) {
      follow(file, true);
    }
  }
}

bool file_source::rests(const found_file& found) {
  const auto known = resting_.find(found.identity);
  if (known == resting_.end()) return false;
  known->second.path = found.path;
  return known->second.size == found.size && known->second.written_at == found.written_at;
}

void file_source::look_for_renamed() {
  looks_for_renamed_ = true;
  looks_for_renamed_since_ = host_.now_monotonic();
}

// Files that were not read to their end when they were closed, and have been renamed since. They are looked
// for until all were found, and for a while: a name may change while a folder is read.
void file_source::follow_renamed() {
  std::vector<file_identity> wanted;
  std::set<std::uint64_t> numbers;
  for (const auto& each : remembered_.all())
    if (!each.is_finished && !present_.contains(each.identity)) {
      wanted.push_back(each.identity);
      numbers.insert(each.identity.number);
    }
  std::string problem;
  bool is_done = true;
  if (!wanted.empty())
    for (const auto& file : search_.find_in_folders(numbers, problem))
      if (!present_.contains(file.identity)) is_done &= follow(file, false);
  if (!problem.empty()) problem_ = problem;
  const bool was_long = host_.now_monotonic() - looks_for_renamed_since_ >= rotate_wait_.count();
  if (!is_done || !problem.empty() || (!wanted.empty() && !was_long)) return;
  looks_for_renamed_ = false;
  for (const auto& identity : wanted)
    if (!present_.contains(identity)) {
      remembered_.give_up(identity);
      is_changed_ = true;
    }
}

bool file_source::has_room_for(const found_file& found) {
  const auto known = files_.size() + resting_.size() - resting_.count(found.identity);
  if (known < remembered_files::files_max && (files_.size() < files_max || make_room())) return true;
  if (std::exchange(said_too_many_, true)) return false;
  host_.warning(known < remembered_files::files_max
                    ? "more than " + std::to_string(files_max) + " files are written to; " + found.path +
                          " and others wait until nothing has come for 10s in some of them"
                    : "more than " + std::to_string(remembered_files::files_max) + " files are meant; " +
                          found.path + " and others wait until some of them are deleted");
  return false;
}

// Closes the file that has not been written to for longest, if one may be closed. False: none may.
bool file_source::make_room() {
  if (!may_make_room_) return false;
  auto oldest = files_.end();
  found_file is_now;
  const auto now = host_.now_utc();
  for (auto each = files_.begin(); each != files_.end(); ++each) {
    if (!each->is_matched || each->has_failed) continue;
    auto facts = each->file->at_rest();
    // A clock may have been set.
    if (!facts || std::abs(now - facts->written_at) < idle_min.count()) continue;
    if (oldest != files_.end() && facts->written_at >= is_now.written_at) continue;
    oldest = each;
    is_now = std::move(*facts);
  }
  may_make_room_ = oldest != files_.end();
  if (!may_make_room_) return false;
  host_.debug(is_now.path + ": is closed until it changes");
  remembered_.put(oldest->file->to_remember());
  resting_[is_now.identity] = is_now;
  watch_.forget(oldest->watch);
  drop(oldest);
  return true;
}

bool file_source::follow(const found_file& found, bool is_matched) {
  if (!has_room_for(found)) return false;
  common::descriptor opened{::open(found.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!opened) {
    if (errno != ENOENT) problem_ = "cannot open " + found.path + ": " + std::strerror(errno);
    return false;
  }
  struct stat is {};
  // Another file may have taken its place meanwhile; it is found next time.
  if (::fstat(opened.get(), &is) != 0 || !S_ISREG(is.st_mode) ||
      file_identity{is.st_dev, is.st_ino} != found.identity)
    return false;
  auto head = file_head::of(opened.get());
  if (!head) {
    problem_ = "cannot read the beginning of " + found.path + ": " + std::strerror(errno);
    return false;
  }
  const auto* known = remembered_.recognise(found.identity, *head, present_);
  if (!is_matched && (known == nullptr || known->is_finished)) return true;
  const auto offset = offset_of(found, known, opened.get(), static_cast<std::uint64_t>(is.st_size));
  host_.debug(found.path + ": is followed from byte " + std::to_string(offset) + " on");
  entry made;
  made.watch = watch_.watch_file(opened.get());
  made.file = std::make_unique<followed_file>(by_, std::move(opened), found.identity, std::move(*head),
                                              found.path, offset);
  made.is_matched = is_matched;
  followed_[found.identity] = files_.insert(files_.end(), std::move(made));
  present_.insert(found.identity);
  resting_.erase(found.identity);
  sizes_at_first_.erase(found.identity);
  return true;
}

std::list<file_source::entry>::iterator file_source::drop(std::list<entry>::iterator which) {
  followed_.erase(which->file->identity());
  said_too_many_ = false;
  is_changed_ = true;
  return files_.erase(which);
}

std::uint64_t file_source::offset_of(const found_file& found, const remembered_file* known, int file,
                                     std::uint64_t size) {
  if (known != nullptr) {
    if (known->offset <= size) return known->offset;
    host_.info(found.path + ": was truncated to " + std::to_string(size) +
               " bytes after it had been read up to byte " + std::to_string(known->offset) +
               "; it is read from its beginning");
    by_.truncations.add();
    return 0;
  }
  const auto at_first = sizes_at_first_.find(found.identity);
  return at_first == sizes_at_first_.end() || at_first->second > size
             ? 0
             : frame_end_.last(file, at_first->second);
}

// ---- reading ---------------------------------------------------------------------------------------

// Those that are gone first, so that a file that was rotated is read to its end before the one in its place.
file_source::round file_source::read_all() {
  round made;
  for (const bool matched : {false, true})
    for (auto& each : files_) {
      if (is_stopping_) return made;
      if (each.is_matched != matched || !each.file->is_open()) continue;
      if (each.may_have_more && !(matched && waits_for_older(each))) read(each, made);
      if (!matched && !each.may_have_more) finish_gone(each, made);
    }
  return made;
}

void file_source::read(entry& from, round& into) {
  const auto grown_before = from.file->grown_at();
  const auto came = guarded(from, &followed_file::read);
  from.may_have_more = came != followed_file::outcome::at_end && came != followed_file::outcome::failed;
  into.has_more |= came == followed_file::outcome::has_more;
  into.wants_credit |= came == followed_file::outcome::wants_credit;
  into.has_moved |= came == followed_file::outcome::has_more || from.file->grown_at() != grown_before;
}

followed_file::outcome file_source::guarded(entry& which, followed_file::outcome (followed_file::*call)()) {
  auto came = followed_file::outcome::failed;
  which.has_failed = true;
  try {
    came = (*which.file.*call)();
    if (!which.file->problem().empty()) problem_ = which.file->problem();
  } catch (const error& failed) {
    which.file->rewind();
    if (failed.status() != TIDEGATE_ERROR_TEMPORARY) throw;
    problem_ = failed.what();
  }
  which.has_failed = came == followed_file::outcome::failed;
  return came;
}

bool file_source::waits_for_older(const entry& which) const {
  return std::any_of(files_.begin(), files_.end(), [&](const entry& other) {
    return !other.is_matched && other.may_have_more && other.file->is_open() &&
           other.file->path() == which.file->path();
  });
}

void file_source::finish_gone(entry& which, round& into) {
  const auto since = std::max(which.gone_at, which.file->grown_at());
  if (which.has_failed || host_.now_monotonic() - since < rotate_wait_.count()) return;
  switch (guarded(which, &followed_file::finish)) {
    case followed_file::outcome::has_more:
      which.may_have_more = into.has_more = true;
      break;
    case followed_file::outcome::wants_credit:
      into.wants_credit = true;
      break;
    case followed_file::outcome::at_end:
      host_.debug(which.file->path() + ": was renamed or deleted, and is finished");
      which.is_deleted = which.file->is_deleted();
      watch_.forget(std::exchange(which.watch, -1));
      which.file->close();
      break;
    default:
      break;
  }
}

// Until there may be something to read again. False: the poll is over.
bool file_source::wait(const round& after, clock::time_point end) {
  if (is_stopping_ || clock::now() >= end) return false;
  const auto left = [&] { return std::chrono::nanoseconds{end - clock::now()}; };
  if (after.wants_credit && !after.has_more) {
    credit_wait_ = std::clamp(credit_wait_ * 2, credit_wait_min, credit_wait_max);
    return !watch_.wait(std::min(credit_wait_, left()), false).interrupted;
  }
  credit_wait_ = credit_wait_min;
  if (after.has_more) return true;
  if (after.has_moved &&
      watch_.wait(std::min<std::chrono::nanoseconds>(gather_time, left()), false).interrupted)
    return false;
  const std::chrono::nanoseconds until_look{next_look_ - clock::now()};
  const auto came = watch_.wait(look_is_due_ ? std::min(left(), until_look) : left());
  if (came.interrupted) return false;
  for (auto& each : files_)
    if (came.all || std::find(came.files.begin(), came.files.end(), each.watch) != came.files.end())
      each.may_have_more = true;
  look_is_due_ |= came.folders;
  if (!look_is_due_) return true;
  if (clock::now() >= next_look_) look();
  // A folder in which much happens is looked at no more often.
  return !watch_.wait(std::min<std::chrono::nanoseconds>(gather_time, left()), false).interrupted;
}

// ---- what is remembered ----------------------------------------------------------------------------

void file_source::load() {
  const auto text = host_.load_state(state_key);
  is_first_start_ = text.empty();
  bool is_understood = true;
  remembered_ = remembered_files::from_text(text, is_understood);
  if (!is_understood)
    host_.warning(
        "what is stored of the files that were read is damaged, or of another version; those of which "
        "nothing is known are read from their beginning");
}

void file_source::store() {
  drop_closed();
  if (!is_changed_) return;
  for (const auto& each : files_) remembered_.put(each.file->to_remember());
  host_.store_state(state_key, remembered_.to_text());
  is_changed_ = false;
}

// A file that was finished is held until all of it is safe.
void file_source::drop_closed() {
  for (auto each = files_.begin(); each != files_.end();) {
    const auto& file = *each->file;
    if (file.is_open() || !file.is_all_safe()) {
      ++each;
      continue;
    }
    auto last = file.to_remember();
    last.is_finished = true;
    if (each->is_deleted)
      remembered_.forget(last.identity);
    else
      remembered_.put(last);
    each = drop(each);
  }
}

}  // namespace tidegate::file_source
