// A replayable source that keeps a journal: it gives the numbers below `count` that are not acknowledged, and
// writes down each that is, so that a test can see both.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tidegate/plugin.hpp"

class recount {
 public:
  static constexpr tidegate::component info{
      .name = "recount", .summary = "Counts until every number was acknowledged.", .options = R"({
        "properties": {"journal": {"type": "string", "unit": "path"}, "count": {"type": "integer"}},
        "required": ["journal", "count"]
      })"};
  static constexpr auto flow = tidegate::flow::replayable;

  recount(tidegate::source_host host, const tidegate::options& options)
      : host_{host},
        path_{options["journal"].string()},
        count_{static_cast<std::uint64_t>(options["count"].integer())},
        series_{samples_.series("recount")} {}

  void start() {
    is_done_.assign(count_, false);
    std::ifstream journal{path_};
    for (std::uint64_t number = 0; journal >> number;) is_done_.at(number) = true;
    next_ = 0;
    journal_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (journal_ < 0) throw tidegate::temporary(path_ + ": " + std::strerror(errno));
  }
  void poll() {
    for (int given = 0; given < 20 && next_ < count_; ++next_) {
      if (is_done_[next_]) continue;
      samples_.sample(series_, host_.now_utc()).field("sequence", next_);
      if (!host_.submit(samples_, next_)) return;
      ++given;
    }
  }
  void acknowledge(std::uint64_t mark) {
    const auto line = std::to_string(mark) + "\n";
    if (::write(journal_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw tidegate::temporary(path_ + ": " + std::strerror(errno));
  }
  void stop() { ::close(std::exchange(journal_, -1)); }

 private:
  tidegate::source_host host_;
  std::string path_;
  std::uint64_t count_;
  tidegate::batch_builder samples_;
  std::uint32_t series_;
  std::vector<bool> is_done_;
  std::uint64_t next_ = 0;
  int journal_ = -1;
};

TIDEGATE_PLUGIN("recount", "1.0.0", tidegate::source<recount>)
