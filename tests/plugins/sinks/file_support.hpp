// What the tests of the sink `file` share.
#pragma once

#include <cerrno>
#include <optional>

#include "file_writer.hpp"
#include "support.hpp"

namespace tidegate::testing {

// Its options with the defaults of its schema.
struct file_settings {
  std::string path;
  std::string zone = "utc";
  std::string encoding = "ndjson";
  std::string acknowledge = "write";
  option_value fsync_interval = nullptr;
  option_value rotation = map({});
  option_value retention = map({});
  std::string compress = "none";
  std::string mode = "0640";

  option_map options() const {
    return options_of({{"path", path},
                       {"zone", zone},
                       {"encoding", map({{"type", encoding}})},
                       {"acknowledge", acknowledge},
                       {"fsync_interval", fsync_interval},
                       {"rotation", rotation},
                       {"retention", retention},
                       {"compress", compress},
                       {"mode", mode}});
  }
};

// The real file system, until a test says that a call is to fail.
class faulty_file_system : public file_sink::file_system {
 public:
  int write_error = 0;            // of every write, after
  std::size_t write_at_most = 0;  // so many bytes went through
  int truncate_error = 0;
  int sync_error = 0;
  int syncs = 0;

  ssize_t writev(int file, const iovec* parts, int count) override {
    if (write_error == 0) return file_system::writev(file, parts, count);
    if (write_at_most == 0) return fail(write_error);
    iovec some = parts[0];
    some.iov_len = std::min(some.iov_len, write_at_most);
    write_at_most -= some.iov_len;
    return file_system::writev(file, &some, 1);
  }
  int ftruncate(int file, off_t length) override {
    return truncate_error == 0 ? file_system::ftruncate(file, length) : fail(truncate_error);
  }
  int fdatasync(int file) override {
    ++syncs;
    return sync_error == 0 ? file_system::fdatasync(file) : fail(sync_error);
  }

 private:
  static int fail(int number) {
    errno = number;
    return -1;
  }
};

class file_sink_test : public ::testing::Test {
 protected:
  // The sink, started.
  file_sink::file_writer& start(const file_settings& settings) {
    sink.reset();
    sink.emplace(bench.host.sink(), settings.options(), system);
    sink->start();
    return *sink;
  }
  // As after a restart of the program.
  file_sink::file_writer& restart(const file_settings& settings) {
    sink->stop();
    return start(settings);
  }
  completion write(std::vector<std::int64_t> numbers) { return bench.write(*sink, std::move(numbers)); }
  void expect_delivered(std::vector<std::int64_t> numbers) {
    const auto answer = write(std::move(numbers));
    EXPECT_EQ(answer.kind, std::uint32_t{TIDEGATE_DELIVERED}) << answer.reason;
  }
  file_settings plain() const {
    file_settings settings;
    settings.path = folder / "data.ndjson";
    return settings;
  }

  temporary_folder folder;
  faulty_file_system system;
  sink_bench bench;
  std::optional<file_sink::file_writer> sink;  // destroyed before what it uses
};

using namespace std::chrono_literals;
using names = std::vector<std::string>;

}  // namespace tidegate::testing
