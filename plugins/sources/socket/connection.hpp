// One connection: read, decoded and handed on, until it ends.
#pragma once

#include <string>

#include "descriptor.hpp"
#include "receiver.hpp"

namespace tidegate::socket_source {

// One thread at a time.
class connection {
 public:
  // Throws tidegate::error.
  connection(received_by& by, common::descriptor socket, const std::string& peer);

  enum class outcome { open, ended, stopping };
  // Reads what is there, up to the size of the buffer, so that others have their turn.
  outcome receive(receive_clock::time_point now);
  // What is due by time alone: the silence that ends a frame, the end of one that says nothing.
  outcome look(receive_clock::time_point now, std::chrono::nanoseconds idle_timeout);
  // When look() is wanted, at the latest.
  receive_clock::time_point due(std::chrono::nanoseconds idle_timeout) const;

  int get() const noexcept { return socket_.get(); }

 private:
  bool pause(std::uint32_t why);

  received_by& by_;
  common::descriptor socket_;
  decoder::stream stream_;
  receive_clock::time_point last_;
  bool is_silent_ = true;  // nothing came since the last pause
};

}  // namespace tidegate::socket_source
