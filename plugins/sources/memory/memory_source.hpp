// The source `memory`: what README.md describes.
#pragma once

#include <cstdint>

#include "meminfo.hpp"
#include "proc_file.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::memory {

class memory_source {
 public:
  static constexpr component info{.name = "memory",
                                  .summary = "Memory, swap and memory pressure, from the kernel.",
                                  .options = R"({"type": "object", "properties": {
  "interval": {"type": "string", "unit": "duration", "default": "10s", "minimum": "10ms",
    "description": "How often to read."},
  "pressure": {"type": "boolean", "default": true,
    "description": "Read how long tasks waited for memory as well, where the kernel has it."},
  "proc_path": {"type": "string", "unit": "path", "default": "/proc",
    "description": "Where the proc file system is mounted; in a container, where that of the host is."}
}})"};
  static constexpr auto flow = tidegate::flow::pausable;

  memory_source(source_host host, const options& options);
  void start();
  void poll();
  void stop();

 private:
  meminfo read_meminfo();
  pressure read_pressure();

  source_host host_;
  bool wants_pressure_;
  common::file_buffer buffer_;
  common::proc_file meminfo_;
  common::proc_file pressure_;
  batch_builder builder_;
  std::uint32_t series_;
  bool said_no_available_ = false;
  bool said_no_pressure_ = false;
};

}  // namespace tidegate::memory
