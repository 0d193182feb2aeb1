// What the tests of the sinks share: a folder of their own, files, deliveries, and an encoding that is simple
// enough to read its output at a glance.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tidegate/plugin.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::testing {

class temporary_folder {
 public:
  temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tidegate-sinks-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  std::string path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  // All that is not a folder, by its path in this one, in order.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& each : std::filesystem::recursive_directory_iterator{path_})
      if (!each.is_directory() || each.is_symlink())
        all.push_back(each.path().lexically_relative(path_).string());
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  std::string path_;
};

inline std::string content(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return "(there is no " + path + ")";
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}
inline void put(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
  std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
}
inline void set_modified(const std::string& path, std::int64_t utc) {
  const timespec time{static_cast<std::time_t>(utc / 1'000'000'000), static_cast<long>(utc % 1'000'000'000)};
  const timespec times[] = {time, time};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0) << path;
}

// "2026-11-23 03:05:08" as nanoseconds since 1970.
inline std::int64_t utc(const std::string& text) {
  std::tm time{};
  if (::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &time) == nullptr) std::abort();
  return std::int64_t{::timegm(&time)} * 1'000'000'000;
}

// The process's time zone, as long as this lives.
class time_zone {
 public:
  explicit time_zone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~time_zone() {
    if (before_.empty()) {
      ::unsetenv("TZ");
    } else {
      ::setenv("TZ", before_.c_str(), 1);
    }
    ::tzset();
  }
  time_zone(const time_zone&) = delete;
  time_zone& operator=(const time_zone&) = delete;

 private:
  std::string before_;
};

// For what another thread does: whether it comes about within ten seconds.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

// A line for each sample, with its field `n`; by the encoding's type:
//   ndjson   {"n":1}         csv   1, under a header line "n"
//   json     as ndjson, but without the last newline
//   cbor     as json, but of a binary content type
//   broken   refuses every sample
inline const tidegate_encode& simple_encodings() {
  struct state {
    std::string type;
    std::string payload;
  };
  static const tidegate_encode table{
      sizeof(tidegate_encode),
      0,
      [](const tidegate_host*, const tidegate_value* given, void** made, tidegate_error*) -> tidegate_status {
        *made = new state{tidegate::options{*given}["type"].string(), {}};
        return TIDEGATE_OK;
      },
      [](void* of, const tidegate_delivery* raw, std::uint32_t first, std::uint32_t count,
         tidegate_text* payload, tidegate_error* error) -> tidegate_status {
        auto& self = *static_cast<state*>(of);
        if (self.type == "broken") {
          detail::copy_text(error->text, sizeof error->text, "no sample fits");
          return TIDEGATE_ERROR_PERMANENT;
        }
        self.payload.clear();
        std::uint32_t index = 0;
        for (std::uint32_t slice = 0; slice < raw->slice_count; ++slice)
          for (std::uint32_t row = 0; row < raw->slices[slice].count; ++row, ++index) {
            if (index < first || index >= first + count) continue;
            const auto sample = batch_view{raw->slices[slice].block}[raw->slices[slice].first + row];
            const auto number = std::to_string(sample.value(0).as_i64());
            self.payload += self.type == "csv" ? number + "\n" : "{\"n\":" + number + "}\n";
          }
        if (self.type == "json" || self.type == "cbor") self.payload.pop_back();
        *payload = tidegate::text(self.payload);
        return TIDEGATE_OK;
      },
      [](void* of) -> tidegate_text {
        return tidegate::text(static_cast<state*>(of)->type == "cbor" ? "application/cbor"
                                                                      : "application/x-ndjson");
      },
      [](void* of) -> tidegate_text { return tidegate::text(static_cast<state*>(of)->type); },
      [](void* of) -> tidegate_text {
        auto& self = *static_cast<state*>(of);
        self.payload = self.type == "csv" ? "n\n" : "";
        return tidegate::text(self.payload);
      },
      [](void* of) { delete static_cast<state*>(of); }};
  return table;
}

// A host with these encodings, and the deliveries that were handed out.
class sink_bench {
 public:
  explicit sink_bench(const std::string& name = "archive") : host{name} {
    host.set_encode(&simple_encodings());
    host.set_utc(utc("2026-11-23 12:00:00"));
  }

  // One delivery of samples with these numbers.
  template <class Sink>
  completion write(Sink& sink, std::vector<std::int64_t> numbers) {
    const auto before = host.completions().size();
    hand_over(sink, std::move(numbers));
    const auto answers = host.completions();
    if (answers.size() != before + 1) {
      ADD_FAILURE() << answers.size() - before << " answers to one delivery";
      return {};
    }
    return answers.back();
  }
  // As above, for sinks that answer later.
  template <class Sink>
  void hand_over(Sink& sink, std::vector<std::int64_t> numbers) {
    batch_builder builder;
    const auto series = builder.series("test");
    for (const auto each : numbers) builder.sample(series, 0).field("n", each);
    deliveries_.emplace_back(builder, ++token_);
    sink.write(host.offer(deliveries_.back()));
  }

  std::size_t answers(std::uint32_t kind) const {
    std::size_t count = 0;
    for (const auto& each : host.completions()) count += each.kind == kind;
    return count;
  }
  std::string log() const {
    std::string all;
    for (const auto& each : host.log_lines()) all += each.text + "\n";
    return all;
  }

  testing::host host;

 private:
  std::deque<delivery> deliveries_;
  std::uint64_t token_ = 0;
};

}  // namespace tidegate::testing
