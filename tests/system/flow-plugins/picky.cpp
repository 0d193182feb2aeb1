// A sink that rejects each sample whose sequence number it can divide by 7. What it has taken is in its file:
// an object a line, as the sink `file` writes it.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tidegate/plugin.hpp"

class picky {
 public:
  static constexpr tidegate::component info{
      .name = "picky", .summary = "Takes no multiples of 7.", .options = R"({
        "properties": {"path": {"type": "string", "unit": "path"}}, "required": ["path"]
      })"};

  picky(tidegate::sink_host, const tidegate::options& options) : path_{options["path"].string()} {}

  void start() {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0) throw tidegate::temporary(path_ + ": " + std::strerror(errno));
  }
  void write(tidegate::delivery batch) {
    lines_.clear();
    refused_.clear();
    std::uint32_t index = 0;
    batch.for_each([&](const tidegate::sample_view& sample) {
      const auto number = sample.find("sequence")->as_u64();
      if (number % 7 == 0)
        refused_.push_back(index);
      else
        lines_ += "{\"name\": \"" + std::string{sample.name()} +
                  "\", \"fields\": {\"sequence\": " + std::to_string(number) + "}}\n";
      ++index;
    });
    if (::write(file_, lines_.data(), lines_.size()) != static_cast<ssize_t>(lines_.size()))
      return batch.retry("the file is full");
    refused_.empty() ? batch.delivered() : batch.rejected("a multiple of 7", refused_);
  }
  void stop() { ::close(std::exchange(file_, -1)); }

 private:
  std::string path_;
  std::string lines_;
  std::vector<std::uint32_t> refused_;
  int file_ = -1;
};

TIDEGATE_PLUGIN("picky", "1.0.0", tidegate::sink<picky>)
