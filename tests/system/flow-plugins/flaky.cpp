// A sink that refuses every third delivery, and answers the others late and out of order. What it says it has
// delivered is in its file: a number a line.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tidegate/plugin.hpp"

class flaky {
 public:
  static constexpr tidegate::component info{
      .name = "flaky", .summary = "Delivers now and then.", .options = R"({
        "properties": {"path": {"type": "string", "unit": "path"}}, "required": ["path"]
      })"};
  static constexpr std::uint32_t window = 8;

  flaky(tidegate::sink_host host, const tidegate::options& options)
      : host_{host}, path_{options["path"].string()} {}

  void start() {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0) throw tidegate::temporary(path_ + ": " + std::strerror(errno));
  }
  void write(tidegate::delivery batch) {
    if (random_() % 3 == 0) return batch.retry("not now");
    kept_.push_back(std::move(batch));
    if (kept_.size() == window / 2) deliver_kept();
    host_.set_timer(std::chrono::milliseconds{kept_.empty() ? -1 : 5});
  }
  void tick() { deliver_kept(); }
  void stop() { ::close(std::exchange(file_, -1)); }

 private:
  void deliver_kept() {
    for (; !kept_.empty(); kept_.pop_back()) {
      std::swap(kept_[random_() % kept_.size()], kept_.back());
      deliver(kept_.back());
    }
  }
  void deliver(tidegate::delivery& batch) {
    std::string lines;
    batch.for_each([&](const tidegate::sample_view& sample) {
      lines += std::to_string(sample.find("sequence")->as_u64()) + "\n";
    });
    const auto written = ::write(file_, lines.data(), lines.size());
    written == static_cast<ssize_t>(lines.size()) ? batch.delivered() : batch.retry("the file is full");
  }

  tidegate::sink_host host_;
  std::string path_;
  std::vector<tidegate::delivery> kept_;
  std::minstd_rand random_{7};
  int file_ = -1;
};

TIDEGATE_PLUGIN("flaky", "1.0.0", tidegate::sink<flaky>)
