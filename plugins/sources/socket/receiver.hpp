// What streams and datagrams have in common.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "tidegate/plugin.hpp"

namespace tidegate::socket_source {

using receive_clock = std::chrono::steady_clock;

// What all peers of an instance share; outlives them. One thread.
struct received_by {
  source_host host;
  decoder& decoding;
  std::string buffer;
  std::string peer_tag;  // the name of a tag with the peer's address, or empty
  metric bytes;

  decoder::stream open(std::string_view peer) const {
    const tag_view tag{peer_tag, peer};
    return decoding.open({&tag, peer_tag.empty() ? std::size_t{0} : std::size_t{1}});
  }
};

// Made by start, and served by one thread until it is stopped.
class receiver {
 public:
  receiver() = default;
  receiver(const receiver&) = delete;
  receiver& operator=(const receiver&) = delete;
  virtual ~receiver() = default;

  // Waits until something comes or the descriptor `stop` is readable, and hands on what has come. False: the
  // instance is being stopped. Throws tidegate::error.
  virtual bool serve(int stop) = 0;
};

// How long a wait may last, for poll(): rounded up, so that what is due is due then.
inline int milliseconds_until(receive_clock::time_point due, receive_clock::time_point now) {
  if (due == receive_clock::time_point::max()) return -1;
  if (due <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - now).count();
  return static_cast<int>(std::min<std::int64_t>(left, 3'600'000));
}

}  // namespace tidegate::socket_source
