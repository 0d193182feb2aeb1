// UDP and UNIX datagram sockets. Each datagram is complete in itself.
//
// Nobody makes the sender of a UDP packet wait: while a pipeline that blocks is full, or the machine is too
// slow, the kernel's buffer takes what comes until it is full, and says how many packets it has dropped then.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "listening.hpp"
#include "receiver.hpp"

namespace tidegate::socket_source {

class datagram_receiver final : public receiver {
 public:
  datagram_receiver(received_by& by, const address& at);
  ~datagram_receiver() override;

  bool serve(int stop) override;

 private:
  struct packets;
  // Of peers that are told apart by a tag; beyond that many, those of before are forgotten.
  static constexpr std::size_t peers_max = 256;

  bool take(std::string_view datagram, const std::string& peer, std::int64_t time);
  bool hand_on();
  decoder::stream& stream_of(const std::string& peer);
  void count_dropped(std::uint32_t so_far);

  received_by& by_;
  listening listening_;
  std::string at_;
  std::unique_ptr<packets> packets_;
  std::map<std::string, decoder::stream> streams_;
  metric datagrams_;
  metric dropped_;
  metric cut_off_;
  std::uint32_t dropped_so_far_ = 0;
  std::uint64_t dropped_untold_ = 0;
  receive_clock::time_point tell_at_{};
  bool said_cut_off_ = false;
};

}  // namespace tidegate::socket_source
