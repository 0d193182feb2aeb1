// TCP and UNIX stream sockets: many connections, each with a stream of its own.
//
// While a pipeline that blocks is full, nothing is read from any of them: their peers are made to wait, by
// TCP's own means.
#pragma once

#include <poll.h>

#include <list>
#include <optional>
#include <vector>

#include "connection.hpp"
#include "listening.hpp"

namespace tidegate::socket_source {

class stream_server final : public receiver {
 public:
  struct limits {
    std::size_t connections_max;
    std::chrono::nanoseconds idle_timeout;  // 0: none
  };

  stream_server(received_by& by, const address& at, const limits& within);

  bool serve(int stop) override;

 private:
  int wait(int stop);
  void accept(receive_clock::time_point now);
  void admit(common::descriptor socket, const std::string& peer);
  bool serve(std::list<connection>::iterator& each, bool is_ready, receive_clock::time_point now);

  received_by& by_;
  limits limits_;
  listening listening_;
  std::string at_;
  std::list<connection> connections_;
  std::vector<pollfd> looked_at_;
  std::optional<receive_clock::time_point> accept_again_;  // while something is lacking for it
  metric open_;
  metric refused_;
  bool is_refusing_ = false;
};

}  // namespace tidegate::socket_source
