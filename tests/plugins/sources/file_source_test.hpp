// The source `file` with real files, the host's decoders, and a host that acknowledges when the test says so.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "codec/decoder.hpp"
#include "file_source.hpp"
#include "made_up_folder.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::file_source {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::list;
using testing::map;
using testing::option_value;
using testing::options_of;
using texts = std::vector<std::string>;

class FileSource : public ::testing::Test {
 protected:
  testing::made_up_folder folder;
  testing::host host;
  std::string paths = "*.log";
  std::string read_from = "beginning";
  option_value exclude = list({});
  option_value path_tag{nullptr};
  option_value framing{nullptr};
  std::optional<file_source> source;

  FileSource() { host.set_decode(codec::decode_extension()); }

  void make() {
    source.reset();
    source.emplace(host.source(), options_of({{"paths", list({folder.path(paths)})},
                                              {"exclude", exclude},
                                              {"read_from", read_from},
                                              {"rotate_wait", 5s},
                                              {"path_tag", path_tag},
                                              {"framing", framing},
                                              {"format", map({{"type", "raw"}})},
                                              {"interval", 10ms}}));
  }
  void start() {
    make();
    source->start();
  }
  // As after a crash: what was not stored is not known.
  void restart() {
    host.clear_batches();
    forget_marks();
    start();
  }
  void forget_marks() {
    struct nobody {
      void acknowledge(std::uint64_t) {}
    } ignored;
    host.acknowledge(ignored);
  }
  void append(const std::string& name, const std::string& text) {
    std::ofstream{folder.path(name), std::ios::app | std::ios::binary} << text;
  }
  void rename(const std::string& from, const std::string& to) {
    fs::rename(folder.path(from), folder.path(to));
  }
  // Polls, and gives what came.
  texts poll() {
    source->poll();
    texts all;
    for (const auto& sample : host.samples()) all.push_back(sample.text("value"));
    host.clear_batches();
    EXPECT_EQ(host.violations(), texts{});
    return all;
  }
  void acknowledge_and_store() {
    host.acknowledge(*source);
    source->poll();
    host.clear_batches();
  }
  std::size_t count_log(const std::string& part) const {
    const auto lines = host.log_lines();
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
      return line.text.find(part) != std::string::npos;
    }));
  }
};

}  // namespace tidegate::file_source
