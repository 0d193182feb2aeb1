#include "datagram_receiver.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "peer.hpp"

namespace tidegate::socket_source {
namespace {

using namespace std::chrono_literals;

// How many are taken by one call, and how large one may be: as large as UDP has them.
constexpr std::size_t packets_max = 32;
constexpr std::size_t packet_bytes_max = 65536;
// Packets that the kernel dropped are told of no more often.
constexpr auto between_tellings = 1min;

}  // namespace

// What recvmmsg() fills.
struct datagram_receiver::packets {
  struct alignas(cmsghdr) notes {
    char bytes[CMSG_SPACE(sizeof(std::uint32_t))];
  };
  std::array<mmsghdr, packets_max> headers{};
  std::array<iovec, packets_max> places{};
  std::array<sockaddr_storage, packets_max> senders{};
  std::array<notes, packets_max> noted{};

  int receive(int socket, std::string& buffer) {
    for (std::size_t index = 0; index < packets_max; ++index) {
      places[index] = {buffer.data() + index * packet_bytes_max, packet_bytes_max};
      senders[index].ss_family = AF_UNSPEC;
      auto& header = headers[index].msg_hdr;
      header = {};
      header.msg_name = &senders[index];
      header.msg_namelen = sizeof senders[index];
      header.msg_iov = &places[index];
      header.msg_iovlen = 1;
      header.msg_control = noted[index].bytes;
      header.msg_controllen = sizeof noted[index].bytes;
    }
    return ::recvmmsg(socket, headers.data(), packets_max, MSG_DONTWAIT, nullptr);
  }
};

datagram_receiver::datagram_receiver(received_by& by, const address& at)
    : by_{by},
      listening_{at},
      at_{at.to_string()},
      packets_{std::make_unique<packets>()},
      datagrams_{by.host.counter("datagrams_total", "Datagrams that were received.")},
      dropped_{by.host.counter("datagrams_dropped_total",
                               "Datagrams that the kernel dropped because its buffer was full.")},
      cut_off_{
          by.host.counter("datagrams_too_long_total", "Datagrams of more than 64 KiB, which were dropped.")} {
  by_.buffer.resize(packets_max * packet_bytes_max);
}

datagram_receiver::~datagram_receiver() = default;

bool datagram_receiver::serve(int stop) {
  pollfd looked_at[2] = {{stop, POLLIN, 0}, {listening_.get(), POLLIN, 0}};
  if (::poll(looked_at, 2, -1) < 0 && errno != EINTR)
    throw temporary("cannot wait at " + at_ + ": " + std::strerror(errno));
  if (looked_at[0].revents != 0) return false;
  if (looked_at[1].revents == 0) return true;
  const int count = packets_->receive(listening_.get(), by_.buffer);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return true;
    throw temporary("cannot receive at " + at_ + ": " + std::strerror(errno));
  }
  const auto time = by_.host.now_utc();
  for (int index = 0; index < count; ++index) {
    const auto place = static_cast<std::size_t>(index);
    const auto& header = packets_->headers[place];
    auto message = header.msg_hdr;
    for (auto* note = CMSG_FIRSTHDR(&message); note != nullptr; note = CMSG_NXTHDR(&message, note))
      if (note->cmsg_level == SOL_SOCKET && note->cmsg_type == SO_RXQ_OVFL) {
        std::uint32_t so_far = 0;
        std::memcpy(&so_far, CMSG_DATA(note), sizeof so_far);
        count_dropped(so_far);
      }
    if ((message.msg_flags & MSG_TRUNC) != 0) {
      cut_off_.add();
      if (!std::exchange(said_cut_off_, true))
        by_.host.warning("a datagram of more than 64 KiB was dropped; further ones are counted only");
      continue;
    }
    const std::string_view bytes{by_.buffer.data() + place * packet_bytes_max, header.msg_len};
    const auto peer = by_.peer_tag.empty() ? std::string{} : peer_text(packets_->senders[place]);
    if (!take(bytes, peer, time)) return false;
  }
  return hand_on();
}

// False: the instance is being stopped.
bool datagram_receiver::take(std::string_view datagram, const std::string& peer, std::int64_t time) {
  datagrams_.add();
  by_.bytes.add(static_cast<double>(datagram.size()));
  auto& stream = stream_of(peer);
  while (!datagram.empty()) {
    datagram.remove_prefix(stream.feed_some(datagram, time));
    if (!datagram.empty() && !by_.host.submit(stream.take())) return false;
  }
  stream.pause_only(TIDEGATE_PAUSE_COMPLETE, time);
  return true;
}

bool datagram_receiver::hand_on() {
  for (auto& [peer, stream] : streams_)
    if (stream.samples() != 0 && !by_.host.submit(stream.take())) return false;
  return true;
}

decoder::stream& datagram_receiver::stream_of(const std::string& peer) {
  if (const auto found = streams_.find(peer); found != streams_.end()) return found->second;
  if (streams_.size() >= peers_max) {
    hand_on();
    streams_.clear();
  }
  return streams_.emplace(peer, by_.open(peer)).first->second;
}

void datagram_receiver::count_dropped(std::uint32_t so_far) {
  const auto more = so_far - std::exchange(dropped_so_far_, so_far);
  if (more == 0) return;
  dropped_.add(more);
  dropped_untold_ += more;
  const auto now = receive_clock::now();
  if (now < tell_at_) return;
  tell_at_ = now + between_tellings;
  by_.host.warning(
      std::to_string(std::exchange(dropped_untold_, 0)) +
      " datagrams were dropped by the kernel: its "
      "buffer was full because the pipelines or the machine did not keep up; receive_buffer makes it larger");
}

}  // namespace tidegate::socket_source
