// The sink `file`: appends samples to a file, which it rotates, compresses and deletes.
//
//   write -> encoded -> [name changed? renamed away? rotation due?] -> appended -> delivered
//                                                                 or -> held until the next fsync ->
//                                                                 delivered
//
// Trouble with the file system is an answer, retry, with path and reason; the next try begins with what
// the folder then looks like. Deliveries that wait for an fsync are kept by this object, at most `window`
// of them; they are answered when the fsync has returned. If it fails, they are retried, and that file is
// not written again: what of it reached the disk cannot be known.
//
// Called on the instance's strand, but for request_stop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file_options.hpp"
#include "housekeeper.hpp"
#include "open_file.hpp"
#include "schema.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::file_sink {

class file_writer {
 public:
  static constexpr component info{
      .name = "file",
      .summary = "Writes samples to a file, with rotation, retention and compression.",
      .options = schema};
  static constexpr std::uint32_t window = 64;

  file_writer(sink_host host, const options& given) : file_writer{host, given, real_file_system()} {}
  // `system` outlives the sink.
  file_writer(sink_host host, const options& given, file_system& system);

  void start();
  void write(delivery samples);
  void tick();
  void request_stop() noexcept { housekeeper_.request_stop(); }
  void stop();

 private:
  // Which file this sink writes, as it is remembered over restarts.
  struct record {
    std::uint64_t inode = 0;
    std::int64_t begun = 0;
    std::string path;
  };

  // How long a file was when it was closed in order. Kept where payloads are no lines, so that what a crash
  // has left of one cannot be found in the file.
  struct orderly_end {
    std::uint64_t inode = 0;
    std::uint64_t length = 0;
  };

  // Makes file_ the one to write to at this moment.
  void prepare(std::uint64_t incoming);
  void follow_changes();
  void rotate_if_due(std::uint64_t incoming);
  void open();
  std::string why_not_to_go_on() const;
  void append(std::string_view payload);
  void close();
  bool rotate();
  std::optional<std::string> rename_away();

  void acknowledge(delivery samples, std::size_t bytes);
  void synchronise();
  void distrust_file(const std::string& reason);

  void load_record();
  void load_end();
  void remember_end();
  void remember(std::uint64_t inode, std::int64_t begun, const std::string& path);
  void report_mending(const open_file::mended& done, const std::string& path) const;

  void look_around();
  bool depends_on_time() const;
  void arm_timer();
  void warn_once(const std::string& text);
  const std::string& path_now();

  const sink_host host_;
  const file_options options_;
  file_system& system_;
  encoder encoder_;
  bool lines_;
  housekeeper housekeeper_;
  const metric written_bytes_;
  const metric rotated_;

  std::optional<open_file> file_;
  std::int64_t checked_ = INT64_MIN;  // when the path was last compared with file_ (monotonic)
  record record_;
  orderly_end end_;
  std::uint64_t distrusted_inode_ = 0;  // of a file whose fsync failed
  std::string path_now_;
  std::int64_t path_second_ = INT64_MIN;  // the second that path_now_ is for

  std::vector<delivery> unsynchronised_;
  std::size_t unsynchronised_bytes_ = 0;
  std::int64_t synchronise_at_ = INT64_MAX;  // monotonic, as the other two
  std::int64_t look_around_at_ = INT64_MAX;
  std::int64_t timer_at_ = INT64_MAX;
  int rounds_ = 0;
  std::string warned_;
};

}  // namespace tidegate::file_sink
