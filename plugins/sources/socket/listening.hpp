// Sockets at which peers arrive.
#pragma once

#include <cstdint>
#include <string>

#include "descriptor.hpp"
#include "tidegate/options.hpp"

namespace tidegate::socket_source {

enum class transport { tcp, udp, unix_stream, unix_datagram };

inline bool is_datagram(transport which) noexcept {
  return which == transport::udp || which == transport::unix_datagram;
}
inline bool is_unix(transport which) noexcept {
  return which == transport::unix_stream || which == transport::unix_datagram;
}

// Where to listen, as it was configured.
struct address {
  transport by = transport::tcp;
  std::string endpoint;  // tcp, udp: a numeric address
  std::uint16_t port = 0;
  std::string path;  // unix
  unsigned mode = 0;
  std::int64_t receive_buffer = 0;  // bytes; 0: what the system gives

  // Throws tidegate::error (configuration). Touches no network.
  static address from(const options& given);
  // "udp 0.0.0.0:5140", for messages.
  std::string to_string() const;
};

// Bound, listening, and not blocking. A socket in the file system is removed again; one that a crash has left
// is replaced, but not one at which somebody listens.
class listening {
 public:
  // Throws tidegate::error (temporary).
  explicit listening(const address& at);
  listening(const listening&) = delete;
  listening& operator=(const listening&) = delete;
  ~listening();

  int get() const noexcept { return socket_.get(); }

 private:
  void bind_ip(const address& at);
  void bind_path(const address& at);

  common::descriptor socket_;
  std::string path_;
  std::uint64_t inode_ = 0;
};

}  // namespace tidegate::socket_source
