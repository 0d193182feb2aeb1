// The source `serial`: what README.md describes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "joined_text.hpp"
#include "request_cycle.hpp"
#include "serial/descriptor.hpp"
#include "serial/device_watch.hpp"
#include "serial/port.hpp"
#include "serial/schema.hpp"
#include "serial/settings.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::serial {

inline constexpr std::string_view schema_begin = R"({"required": ["format"], "properties": {)";
inline constexpr std::string_view own_schema = R"json(,
  "framing": {"$ref": "tidegate:framing"},
  "format": {"$ref": "tidegate:format"},
  "requests": {"type": "array", "minItems": 1, "maxItems": 256,
    "description": "What is sent to a device that only answers: every 'interval' all of these in turn.",
    "examples": [[{"send": "MEAS?\r\n"}]],
    "items": {"required": ["send"], "properties": {
      "send": {"type": "string", "description": "As text, or hexadecimal such as 0x0103.", "examples": ["MEAS?\r\n"]},
      "format": {"$ref": "tidegate:format", "description": "How its answer becomes samples, if it differs."}
    }}},
  "interval": {"type": "string", "unit": "duration", "default": "10s", "minimum": "1ms",
    "description": "How often the requests are sent."},
  "timeout": {"type": "string", "unit": "duration", "default": "1s", "minimum": "1ms", "maximum": "1m",
    "description": "How long an answer may take."}
}})json";

// Reads the port on a thread of its own between start() and stop(), which waits in poll(2) for the port, the
// device to come back, or the end. That a device is away is a state of that thread, not a failure of start():
// only so the port is opened again at once when the device is plugged in.
class serial_source {
 public:
  static constexpr component info{
      .name = "serial",
      .summary = "Devices on a serial port: lines or frames of any format, sent by themselves or on request.",
      .options = joined_text<schema_begin, port_schema, own_schema>::value};
  static constexpr auto flow = tidegate::flow::lossy;

  serial_source(source_host host, const options& given);
  ~serial_source() { stop(); }
  void start();
  void request_stop() noexcept;
  void stop();

 private:
  struct request {
    std::string bytes;
    std::size_t decoder;  // of its answer
    bool is_unanswered = false;
  };

  void run() noexcept;
  void serve();
  // False: it is being stopped.
  bool open_port();
  bool wait(std::chrono::nanoseconds at_most, int file, short events);

  bool read_port();
  void feed(std::string_view bytes);
  void answer(std::string_view bytes);
  void decode(std::string_view bytes);
  void discard(std::string_view bytes);
  bool is_echo(std::string_view& bytes);
  void release_echo();
  bool send_requests();
  bool send(std::string_view bytes);
  void settle_answer();
  void expire_request();
  void tell_health();
  void end_frame(std::uint32_t why);
  void submit_rest();
  void lose_port(const std::string& why);
  void count_line_errors();
  std::int64_t next_deadline() const;
  decoder::stream& current() { return streams_[requests_.empty() ? 0 : requests_[cycle_.index()].decoder]; }

  source_host host_;
  settings settings_;
  std::deque<decoder> decoders_;  // of the instance, then of requests that have their own
  std::vector<request> requests_;
  std::chrono::nanoseconds timeout_;
  request_cycle cycle_;
  metric opened_, bytes_, timeouts_, unasked_, overruns_, frame_errors_, parity_errors_;

  descriptor wake_;  // an eventfd, as old as the instance, since request_stop() comes at any time
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;

  // The thread's own.
  std::optional<port> port_;
  std::optional<device_watch> watch_;
  std::vector<decoder::stream> streams_;
  std::vector<char> buffer_;
  std::uint64_t frames_before_ = 0;  // when the request was sent
  std::string_view echo_;            // what was sent and may come back
  std::size_t echo_taken_ = 0;       // bytes of it that did
  std::int64_t silence_at_ = INT64_MAX;
  std::int64_t errors_at_ = 0;
  std::optional<line_errors> errors_;
};

}  // namespace tidegate::serial
