#include "socket_source.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>

#include "datagram_receiver.hpp"

namespace tidegate::socket_source {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
// After something that may pass, such as a lack of descriptors.
constexpr int rest_milliseconds = 1000;

void check_framing(const options& framing, transport by) {
  if (framing.is_null() || !framing.has("type")) return;
  const auto type = framing["type"].text();
  if (type == "datagram" && !is_datagram(by))
    throw configuration_error(
        "framing.type", "a stream has no packets that could end a frame; use another framing, such as line");
  if (type == "silence" && is_datagram(by))
    throw configuration_error("framing.type",
                              "a datagram has no pauses that could end a frame; use datagram or line");
}

}  // namespace

socket_source::socket_source(source_host host, const options& options)
    : host_{host},
      address_{address::from(options)},
      decoder_{host, options["framing"], options["format"]},
      by_{host,
          decoder_,
          {},
          options.has("peer_tag") ? options["peer_tag"].string() : std::string{},
          host.counter("received_bytes_total", "Bytes that were received.")},
      stop_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  check_framing(options["framing"], address_.by);
  if (!is_datagram(address_.by))
    limits_ = {static_cast<std::size_t>(options["max_connections"].integer()),
               options["idle_timeout"].duration()};
}

void socket_source::start() {
  if (!stop_) throw temporary("there is no file descriptor left to be woken by");
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(stop_.get(), &count, sizeof count);
  by_.buffer.resize(buffer_bytes);
  if (is_datagram(address_.by))
    receiver_ = std::make_unique<datagram_receiver>(by_, address_);
  else
    receiver_ = std::make_unique<stream_server>(by_, address_, limits_);
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (const std::system_error& failed) {
    receiver_.reset();  // or the next start finds its own socket in the way
    throw temporary(std::string{"cannot start a thread: "} + failed.what());
  }
}

void socket_source::request_stop() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
}

void socket_source::stop() {
  request_stop();
  if (thread_.joinable()) thread_.join();
  receiver_.reset();
}

void socket_source::run() {
  while (serve()) {
  }
}

// No exception leaves the thread. What goes wrong here is a lack of something, and may pass.
bool socket_source::serve() {
  try {
    return receiver_->serve(stop_.get());
  } catch (const std::exception& failed) {
    host_.warning(failed.what());
    pollfd ended{stop_.get(), POLLIN, 0};
    return ::poll(&ended, 1, rest_milliseconds) <= 0;
  }
}

}  // namespace tidegate::socket_source
