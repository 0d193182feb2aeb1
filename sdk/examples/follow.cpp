// A source that loses nothing: follows a file to which lines are appended, and remembers up to where every
// sink has its lines. However the program ends, the next start goes on there.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "tidegate/plugin.hpp"
#include "tidegate/safe_position.hpp"

class follow {
 public:
  static constexpr tidegate::component info{
      .name = "follow", .summary = "Follows a file to which lines are appended.", .options = R"({
        "properties": {"path": {"type": "string", "unit": "path", "description": "The file."}},
        "required": ["path"]
      })"};
  // It can wait, and can deliver again what was not acknowledged.
  static constexpr auto flow = tidegate::flow::replayable;

  follow(tidegate::source_host host, const tidegate::options& options)
      : host_{host}, path_{options["path"].string()}, series_{samples_.series("line")} {}

  void start() {
    file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) throw tidegate::temporary(path_ + ": " + std::strerror(errno));
    offset_ = stored_ = load();
    safe_ = tidegate::safe_position{offset_};
  }

  // Reads on as long as all pipelines have room. The mark of a batch is the offset behind its last line.
  void poll() {
    store();
    while (host_.credit() >= batch_bytes_max && read_lines()) {
      safe_.give(offset_);
      if (!host_.submit(samples_, offset_)) return;
    }
  }

  // Called between two polls, so that no lock is needed. Whatever is slow waits for the next poll.
  void acknowledge(std::uint64_t mark) { safe_.acknowledge(mark); }

  void stop() {
    ::close(std::exchange(file_, -1));
    store();
  }

 private:
  // Together they make batches for which the smallest of queues, of 64 KiB, has room.
  static constexpr std::size_t read_bytes = 16 * 1024;
  static constexpr std::uint32_t lines_max = 500;
  static constexpr std::uint64_t batch_bytes_max = 48 * 1024;

  // Makes samples of the next lines that are complete. False if there are none.
  bool read_lines() {
    buffer_.resize(read_bytes);
    const auto got = ::pread(file_, buffer_.data(), buffer_.size(), static_cast<off_t>(offset_));
    if (got < 0) throw tidegate::temporary(path_ + ": " + std::strerror(errno));
    std::string_view text{buffer_.data(), static_cast<std::size_t>(got)};
    while (samples_.size() < lines_max) {
      const auto end = text.find('\n');
      if (end == text.npos) break;
      samples_.sample(series_, host_.now_utc()).field("text", text.substr(0, end));
      text.remove_prefix(end + 1);
      offset_ += end + 1;
    }
    if (text.size() == read_bytes)
      throw tidegate::permanent(path_ + ": a line is longer than 16 KiB, at byte " + std::to_string(offset_));
    return !samples_.empty();
  }

  std::uint64_t load() const {
    const auto text = host_.load_state("offset");
    std::uint64_t offset = 0;
    std::from_chars(text.data(), text.data() + text.size(), offset);
    return offset;
  }
  void store() {
    if (safe_.now() == stored_) return;
    host_.store_state("offset", std::to_string(safe_.now()));
    stored_ = safe_.now();
  }

  tidegate::source_host host_;
  std::string path_;
  tidegate::batch_builder samples_;
  std::uint32_t series_;
  std::string buffer_;
  int file_ = -1;
  std::uint64_t offset_ = 0;      // behind the last line that was submitted
  tidegate::safe_position safe_;  // behind the last before which all are acknowledged
  std::uint64_t stored_ = 0;
};

TIDEGATE_PLUGIN("follow", "1.0.0", tidegate::source<follow>)
