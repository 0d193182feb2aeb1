// The source `socket`: what README.md describes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "descriptor.hpp"
#include "listening.hpp"
#include "receiver.hpp"
#include "stream_server.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::socket_source {

// A thread of its own waits for what comes, since nothing says when that will be.
class socket_source {
 public:
  static constexpr component info{
      .name = "socket",
      .summary = "Listens on a TCP, UDP or UNIX socket for lines or other frames.",
      .options = R"({"properties": {
  "transport": {"type": "string", "enum": ["tcp", "udp", "unix", "unix-datagram"], "default": "tcp",
    "description": "What kind of socket it is."},
  "endpoint": {"type": "string", "default": "127.0.0.1", "examples": ["0.0.0.0"], "when": {"transport": ["tcp", "udp"]},
    "description": "The address of this machine to listen on: 0.0.0.0 for all of IPv4, \"::\" for all."},
  "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 5140, "when": {"transport": ["tcp", "udp"]},
    "description": "The port to listen on."},
  "path": {"type": "string", "unit": "path", "examples": ["/run/tidegate/meters.sock"], "when": {"transport": ["unix", "unix-datagram"]},
    "description": "The socket in the file system."},
  "mode": {"type": "string", "default": "0660", "when": {"transport": ["unix", "unix-datagram"]},
    "description": "Permissions of the socket, in octal and quoted; who may write to it may send."},
  "max_connections": {"type": "integer", "default": 64, "minimum": 1, "maximum": 1024, "when": {"transport": ["tcp", "unix"]},
    "description": "Connections that are open at a time; further ones are closed at once."},
  "idle_timeout": {"type": "string", "unit": "duration", "default": "10m", "minimum": "0s", "maximum": "168h", "when": {"transport": ["tcp", "unix"]},
    "description": "A connection on which nothing came for so long is closed. 0s: never."},
  "receive_buffer": {"type": "string", "unit": "size", "minimum": "4KiB", "maximum": "256MiB", "examples": ["4MiB"], "when": {"transport": ["tcp", "udp"]},
    "description": "The kernel's buffer, at most net.core.rmem_max without CAP_NET_ADMIN. The system's default if not given."},
  "peer_tag": {"type": "string", "examples": ["peer"], "when": {"transport": ["tcp", "udp"]},
    "description": "A tag of this name has the address of the peer."},
  "framing": {"$ref": "tidegate:framing"},
  "format": {"$ref": "tidegate:format", "required": true}
}})"};
  static constexpr auto flow = tidegate::flow::pausable;

  socket_source(source_host host, const options& options);
  ~socket_source() { stop(); }
  void start();
  void request_stop() noexcept;
  void stop();

 private:
  void run();
  bool serve();

  source_host host_;
  address address_;
  stream_server::limits limits_{};
  decoder decoder_;
  received_by by_;
  common::descriptor stop_;
  std::unique_ptr<receiver> receiver_;
  std::thread thread_;
};

}  // namespace tidegate::socket_source
