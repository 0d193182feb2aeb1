#include "file_writer.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace tidegate::file_sink {
namespace {

constexpr std::int64_t second = nanoseconds_per_second;
constexpr std::int64_t minute = 60 * second;
// How often a path is looked at, to see that the file was renamed or removed.
constexpr std::int64_t check_interval = second;
// How many minutes lie between two looks at the closed files without another reason.
constexpr int housekeeping_rounds = 10;
// More than this is not held back for a common fsync.
constexpr std::size_t unsynchronised_bytes_max = 8 * 1024 * 1024;
constexpr std::string_view record_key = "file";
constexpr std::string_view end_key = "end";

}  // namespace

file_writer::file_writer(sink_host host, const options& given, file_system& system)
    : host_{host},
      options_{read_options(given)},
      system_{system},
      encoder_{host, given["encoding"]},
      lines_{encoder_.is_text()},
      housekeeper_{host, options_.pattern, options_.retention, options_.compress},
      written_bytes_{host.counter("written_bytes_total", "Bytes appended to files, before compression.")},
      rotated_{host.counter("rotated_files_total", "Files that were closed because a new one was due.")} {}

// ---- lifecycle -----------------------------------------------------------------------------------

void file_writer::start() {
  load_record();
  if (!lines_) load_end();
  open();
  rotate_if_due(0);
  housekeeper_.start();
  if (depends_on_time()) {
    const auto utc = host_.now_utc();
    look_around_at_ = host_.now_monotonic() + minute - utc % minute;
  }
  timer_at_ = INT64_MAX;
  arm_timer();
}

void file_writer::write(delivery samples) {
  std::string_view payload;
  try {
    payload = encoder_.encode(samples);
  } catch (const tidegate::error& thrown) {
    if (thrown.status() == TIDEGATE_ERROR_TEMPORARY) return samples.retry(thrown.what());
    return samples.rejected(thrown.what());
  }
  try {
    prepare(payload.size());
    append(payload);
  } catch (const tidegate::error& thrown) {
    return samples.retry(thrown.what());
  }
  acknowledge(std::move(samples), payload.size());
  arm_timer();
}

void file_writer::tick() {
  timer_at_ = INT64_MAX;
  const auto now = host_.now_monotonic();
  const bool round = now >= look_around_at_;
  if (round) look_around_at_ = now + minute - host_.now_utc() % minute;
  if (now >= synchronise_at_) synchronise();
  arm_timer();
  if (round) look_around();
}

void file_writer::stop() {
  housekeeper_.request_stop();
  close();
  housekeeper_.stop();
  look_around_at_ = INT64_MAX;
}

// ---- which file ----------------------------------------------------------------------------------

void file_writer::prepare(std::uint64_t incoming) {
  follow_changes();
  if (!file_) open();
  rotate_if_due(incoming);
  if (!file_) open();
}

// Closes the file if another one is to be written now, or someone else has moved it.
void file_writer::follow_changes() {
  if (!file_) return;
  const auto now = host_.now_monotonic();
  if (file_->is_broken()) {
    close();
  } else if (file_->path() != path_now()) {
    close();
    rotated_.add();
    housekeeper_.kick();
  } else if (now - check_interval >= checked_) {
    checked_ = now;
    if (!file_->replaced()) return;
    host_.info(file_->path() + " was renamed or removed by someone else; it is opened anew");
    close();
  }
}

void file_writer::rotate_if_due(std::uint64_t incoming) {
  if (!file_) return;
  const auto size = file_->size();
  const file_progress progress{size, incoming, record_.begun};
  if (rotation_due(options_.rotation, progress, host_.now_utc()) == rotation_reason::none) return;
  if (rotate()) housekeeper_.kick();
}

void file_writer::open() {
  auto settings = options_.file;
  settings.lines = lines_;
  file_.emplace(system_, path_now(), settings);
  if (const auto reason = why_not_to_go_on(); !reason.empty()) {
    const auto name = rename_away();
    if (!name) {
      file_.reset();
      throw temporary("cannot write " + path_now() + ": " + reason + "; rename or remove it");
    }
    host_.warning(path_now() + " is not written any more: " + reason + "; it is kept as " + *name);
    file_.emplace(system_, path_now(), settings);
  }
  checked_ = host_.now_monotonic();
  try {
    distrusted_inode_ = 0;
    if (file_->unlocked())
      warn_once(file_->path() +
                ": this file system has no locks; see to it that nobody else writes the file");
    const bool ours = record_.inode == file_->inode() && record_.path == file_->path();
    report_mending(file_->mend_end(ours), file_->path());
    if (!ours && file_->size() > 0) remember(file_->inode(), file_->modified_at_open(), file_->path());
  } catch (...) {
    file_.reset();
    throw;
  }
}

// Empty if the file that is open now can be written further.
std::string file_writer::why_not_to_go_on() const {
  // It could not be renamed then.
  if (file_->inode() == distrusted_inode_) return "an fsync of it failed";
  const bool ours = record_.inode == file_->inode() && record_.path == file_->path();
  const bool in_order = end_.inode == file_->inode() && end_.length == file_->size();
  if (lines_ || !ours || in_order || file_->size() == 0) return {};
  return "it was not closed in order, and its last payload may be incomplete";
}

void file_writer::append(std::string_view payload) {
  if (payload.empty()) return;
  const auto size = file_->size();
  if (size > 0) {
    file_->append({}, payload);
  } else {  // new, or truncated by someone else
    // The encoder gives one text at a time: this first payload has to be kept over the next one.
    const std::string first{payload};
    remember(file_->inode(), host_.now_utc(), file_->path());
    file_->append(encoder_.preamble(), first);
  }
  const auto grown = file_->size();
  written_bytes_.add(static_cast<double>(grown > size ? grown - size : 0));
}

void file_writer::close() {
  synchronise();
  if (file_ && !lines_ && !file_->is_broken()) remember_end();
  file_.reset();
}

// False: the file could not be renamed, and is written further.
bool file_writer::rotate() {
  synchronise();
  if (!file_) return true;
  if (!file_->replaced() && !rename_away()) return false;
  file_.reset();
  rotated_.add();
  return true;
}

// Gives the file the name of a closed one.
std::optional<std::string> file_writer::rename_away() {
  constexpr unsigned attempts_max = 10'000;
  try {
    for (unsigned attempt = 0; attempt < attempts_max; ++attempt) {
      auto name = options_.pattern.stamped(file_->path(), host_.now_utc(), attempt);
      if (!rename_to_free_name(file_->path(), name)) continue;
      if (options_.acknowledge_after_fsync) synchronise_folder(folder_of(name));
      return name;
    }
    warn_once("cannot rotate " + file_->path() + ": too many files of this second");
  } catch (const tidegate::error& thrown) {
    warn_once(std::string{thrown.what()} + "; the file grows on");
  }
  return std::nullopt;
}

const std::string& file_writer::path_now() {
  const auto now = host_.now_utc();
  if (seconds_of(now) != path_second_) {
    path_second_ = seconds_of(now);
    path_now_ = options_.pattern.at(now);
  }
  return path_now_;
}

// ---- acknowledging -------------------------------------------------------------------------------

void file_writer::acknowledge(delivery samples, std::size_t bytes) {
  if (!options_.acknowledge_after_fsync) return samples.delivered();
  if (unsynchronised_.empty()) synchronise_at_ = host_.now_monotonic() + options_.fsync_interval.count();
  unsynchronised_.push_back(std::move(samples));
  unsynchronised_bytes_ += bytes;
  const bool enough = unsynchronised_.size() >= window || unsynchronised_bytes_ >= unsynchronised_bytes_max;
  if (enough || options_.fsync_interval.count() == 0) synchronise();
}

void file_writer::synchronise() {
  synchronise_at_ = INT64_MAX;
  unsynchronised_bytes_ = 0;
  if (unsynchronised_.empty()) return;
  auto waiting = std::exchange(unsynchronised_, {});
  try {
    file_->synchronise();
    for (auto& each : waiting) each.delivered();
  } catch (const tidegate::error& thrown) {
    distrust_file(thrown.what());
    for (auto& each : waiting) each.retry(thrown.what());
  }
}

// After a failed fsync the kernel may have dropped what it could not write, and the next fsync of the
// same file would succeed all the same.
void file_writer::distrust_file(const std::string& reason) {
  distrusted_inode_ = file_->inode();
  const auto name = file_->replaced() ? std::nullopt : rename_away();
  host_.warning(reason + "; this file is not written any more" + (name ? ", and is kept as " + *name : ""));
  file_.reset();
}

// ---- what is remembered --------------------------------------------------------------------------

// "INODE LENGTH"
void file_writer::load_end() {
  end_ = {};
  try {
    const auto text = host_.load_state(end_key);
    unsigned long long inode = 0;
    unsigned long long length = 0;
    if (std::sscanf(text.c_str(), "%llu %llu", &inode, &length) == 2) end_ = {inode, length};
  } catch (const tidegate::error& thrown) {
    warn_once(std::string{"cannot read what was remembered of the file: "} + thrown.what());
  }
}

void file_writer::remember_end() {
  try {
    end_ = {file_->inode(), file_->size()};
    host_.store_state(end_key, std::to_string(end_.inode) + " " + std::to_string(end_.length));
  } catch (const tidegate::error& thrown) {
    warn_once(std::string{"cannot remember the file that was written: "} + thrown.what());
  }
}

// "INODE BEGUN PATH"; whatever else it is counts as nothing remembered.
void file_writer::load_record() {
  record_ = {};
  try {
    const auto text = host_.load_state(record_key);
    unsigned long long inode = 0;
    long long begun = 0;
    int length = 0;
    if (std::sscanf(text.c_str(), "%llu %lld %n", &inode, &begun, &length) != 2 || length == 0) return;
    record_ = {inode, begun, text.substr(static_cast<std::size_t>(length))};
  } catch (const tidegate::error& thrown) {
    warn_once(std::string{"cannot read what was remembered of the file: "} + thrown.what());
  }
}

void file_writer::remember(std::uint64_t inode, std::int64_t begun, const std::string& path) {
  record_ = {inode, begun, path};
  try {
    host_.store_state(record_key, std::to_string(inode) + " " + std::to_string(begun) + " " + path);
  } catch (const tidegate::error& thrown) {
    warn_once(std::string{"cannot remember the file that is being written: "} + thrown.what());
  }
}

void file_writer::report_mending(const open_file::mended& done, const std::string& path) const {
  if (done.cut > 0)
    host_.warning(path + " ended within a line: " + std::to_string(done.cut) +
                  " bytes were cut off; the sample was not acknowledged and is written again");
  if (done.terminated)
    host_.warning(path +
                  " ended within a line that this sink has not written as far as it knows: the line was kept "
                  "and ended");
}

// ---- time ----------------------------------------------------------------------------------------

// Once a minute: what is due although nothing is written.
void file_writer::look_around() {
  if (file_ && file_->path() != path_now()) follow_changes();
  rotate_if_due(0);
  if (++rounds_ % housekeeping_rounds == 0) housekeeper_.kick();
}

bool file_writer::depends_on_time() const {
  return options_.pattern.changes() || options_.rotation.max_age || options_.rotation.at ||
         housekeeper_.has_work();
}

void file_writer::arm_timer() {
  const auto next = std::min(synchronise_at_, look_around_at_);
  if (next >= timer_at_) return;
  timer_at_ = next;
  host_.set_timer(std::chrono::nanoseconds{std::max<std::int64_t>(next - host_.now_monotonic(), 0)});
}

void file_writer::warn_once(const std::string& text) {
  if (text == warned_) return;
  warned_ = text;
  host_.warning(text);
}

}  // namespace tidegate::file_sink
