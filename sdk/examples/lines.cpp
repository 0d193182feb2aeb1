// A sink in forty lines: appends every delivery to a file, in any encoding that the host has.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "tidegate/plugin.hpp"

class lines {
 public:
  static constexpr tidegate::component info{
      .name = "lines", .summary = "Appends samples to a file.", .options = R"({
        "properties": {
          "path": {"type": "string", "unit": "path", "description": "The file."},
          "encoding": {"$ref": "tidegate:encoding"}
        },
        "required": ["path"]
      })"};

  lines(tidegate::sink_host host, const tidegate::options& options)
      : path_{options["path"].string()}, encoder_{host, options["encoding"]} {}

  // May fail for now: it is called again later.
  void start() {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0) throw tidegate::temporary(path_ + ": " + std::strerror(errno));
  }
  // Answers at once; a sink that waits for a peer keeps the delivery and answers later, from any thread.
  void write(tidegate::delivery batch) {
    const auto bytes = encoder_.encode(batch);
    const auto written = ::write(file_, bytes.data(), bytes.size());
    if (written == static_cast<ssize_t>(bytes.size())) return batch.delivered();
    batch.retry(path_ + ": " + (written < 0 ? std::strerror(errno) : "no space for all of it"));
  }
  void stop() { ::close(std::exchange(file_, -1)); }

 private:
  std::string path_;
  tidegate::encoder encoder_;
  int file_ = -1;
};

TIDEGATE_PLUGIN("lines", "1.0.0", tidegate::sink<lines>)
