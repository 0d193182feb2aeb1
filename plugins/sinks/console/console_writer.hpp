// The sink `console`: prints samples to standard output or standard error, at once.
//
// Called on the instance's strand, but for request_stop.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "stream.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::console_sink {

inline constexpr std::string_view schema = R"({
  "properties": {
    "stream": {
      "type": "string", "enum": ["stdout", "stderr"], "default": "stdout",
      "description": "Where samples are printed."
    },
    "encoding": {
      "$ref": "tidegate:encoding",
      "description": "How they are printed, if not as text for people."
    }
  }
})";

class console_writer {
 public:
  static constexpr component info{
      .name = "console", .summary = "Prints samples, for people or in any encoding.", .options = schema};

  console_writer(sink_host host, const options& given);

  void start() { stream_.reset(); }
  void write(delivery samples);
  void request_stop() noexcept { stream_.request_stop(); }

 private:
  void print(std::string_view payload);

  stream stream_;
  std::optional<encoder> encoder_;  // none: text for people
  bool begun_ = false;              // the preamble was printed
  std::string text_;
};

}  // namespace tidegate::console_sink
