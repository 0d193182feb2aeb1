// Reads a temperature from a file that holds a number in thousandths of a degree, as the kernel's sensors do.
#pragma once

#include <fstream>
#include <string>

#include "tidegate/plugin.hpp"

class thermometer {
 public:
  static constexpr tidegate::component info{
      .name = "thermometer", .summary = "Reads a temperature sensor of the kernel.", .options = R"({
        "properties": {
          "path": {"type": "string", "unit": "path", "description": "The sensor's file.",
                   "examples": ["/sys/class/hwmon/hwmon0/temp1_input"]},
          "label": {"type": "string", "default": "", "description": "Value of the tag 'sensor'; none if empty."}
        },
        "required": ["path"]
      })"};

  // Only takes its options: a sensor that is away must not keep the gateway from starting.
  thermometer(tidegate::source_host host, const tidegate::options& options)
      : host_{host}, path_{options["path"].string()} {
    if (path_.ends_with('/'))
      throw tidegate::configuration_error("path", "names a folder; name the sensor's file");
    const auto label = options["label"].string();
    const tidegate::tag_view tag{"sensor", label};
    series_ = label.empty() ? samples_.series("temperature") : samples_.series("temperature", {tag});
  }

  // Called every `interval`.
  void poll() {
    std::ifstream file{path_};
    long thousandths = 0;
    if (!(file >> thousandths)) throw tidegate::temporary(path_ + ": no number can be read");
    samples_.sample(series_, host_.now_utc()).field("celsius", static_cast<double>(thousandths) / 1000);
    host_.submit(samples_);
  }

 private:
  tidegate::source_host host_;
  std::string path_;
  tidegate::batch_builder samples_;
  std::uint32_t series_ = 0;
};
