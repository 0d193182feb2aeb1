#include "serial_source.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <system_error>

#include "serial/device.hpp"

namespace tidegate::serial {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t buffer_bytes = 64 * 1024;
// After so many bytes in a row that a flood brings, something else has its turn.
constexpr std::size_t bytes_in_a_row_max = 1024 * 1024;
// A device that comes brings several events; after a try that failed, no other follows sooner.
constexpr auto tries_apart = 50ms;
// Without an event it is looked for all the same, less and less often.
constexpr std::chrono::nanoseconds look_again_min = 1s;
constexpr std::chrono::nanoseconds look_again_max = 30s;
constexpr std::int64_t errors_interval = 1'000'000'000;
constexpr std::size_t request_bytes_max = 4096;

int digit_of(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  const char lower = static_cast<char>(letter | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// "MEAS?\r\n", "0x0103 0000", "0x01 0x03".
std::string read_request(const options& send) {
  auto text = send.string();
  if (text.starts_with("0x")) {
    std::string made;
    std::string_view rest{text};
    for (rest.remove_prefix(2); !rest.empty();) {
      if (rest.front() == ' ') {
        rest.remove_prefix(1);
        if (rest.starts_with("0x")) rest.remove_prefix(2);
        continue;
      }
      if (rest.size() < 2 || digit_of(rest[0]) < 0 || digit_of(rest[1]) < 0)
        throw configuration_error(send.path(),
                                  "must have two hexadecimal digits for each byte; this is '" + text + "'");
      made += static_cast<char>(digit_of(rest[0]) * 16 + digit_of(rest[1]));
      rest.remove_prefix(2);
    }
    text = std::move(made);
  }
  if (text.empty() || text.size() > request_bytes_max)
    throw configuration_error(send.path(), "must be 1 to 4096 bytes");
  return text;
}

void check_framing(const options& framing) {
  if (!framing.is_null() && framing.has("type") && framing["type"].text() == "datagram")
    throw configuration_error(
        "framing.type",
        "a serial port has no packets that could end a frame; use another framing, such as line or silence");
}

// For a message: what can be read of it, and that short.
std::string shown(std::string_view bytes) {
  std::string made = "'";
  for (const char byte : bytes.substr(0, 32)) {
    if (byte >= ' ' && byte < 0x7F) {
      made += byte;
      continue;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(byte);
    made += {'\\', 'x', digits[code >> 4], digits[code & 15]};
  }
  return made + (bytes.size() > 32 ? "...'" : "'");
}

// The folder that tells of the device.
std::string watched_path(const settings& of) { return of.usb ? "/dev/tty" : of.device; }

timespec to_timespec(std::chrono::nanoseconds span) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((span - seconds).count())};
}

}  // namespace

serial_source::serial_source(source_host host, const options& given)
    : host_{host},
      settings_{read_settings(given)},
      timeout_{given["timeout"].duration()},
      cycle_{given.has("requests") ? given["requests"].size() : 0, given["interval"].duration(), timeout_},
      opened_{host.counter("port_opened_total", "How often the port was opened.")},
      bytes_{host.counter("received_bytes_total", "Bytes that came in.")},
      timeouts_{host.counter("request_timeouts_total", "Requests that were not answered in time.")},
      unasked_{
          host.counter("unasked_bytes_total",
                       "Bytes that came while no request was waiting for an answer, and were discarded.")},
      overruns_{host.counter("port_overruns_total", "Characters that the device or its driver lost.")},
      frame_errors_{
          host.counter("port_frame_errors_total", "Characters without their stop bit: a wrong speed.")},
      parity_errors_{host.counter("port_parity_errors_total", "Characters whose parity was wrong.")},
      wake_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)},
      buffer_(buffer_bytes) {
  check_framing(given["framing"]);
  decoders_.emplace_back(host, given["framing"], given["format"]);
  if (!given.has("requests")) return;
  const auto requests = given["requests"];
  for (std::uint32_t index = 0; index < requests.size(); ++index) {
    const auto each = requests[index];
    const bool has_own = each.has("format");
    if (has_own) decoders_.emplace_back(host, given["framing"], each["format"]);
    requests_.push_back({read_request(each["send"]), has_own ? decoders_.size() - 1 : 0});
  }
}

void serial_source::start() {
  if (!wake_.is_open()) throw temporary("there is no file descriptor left to be woken by");
  eventfd_t old = 0;
  ::eventfd_read(wake_.get(), &old);
  is_stopping_ = false;
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (const std::system_error& failed) {
    throw temporary(std::string{"cannot start a thread: "} + failed.what());
  }
}

void serial_source::request_stop() noexcept {
  is_stopping_ = true;
  if (wake_.is_open()) ::eventfd_write(wake_.get(), 1);
}

void serial_source::stop() {
  request_stop();
  if (thread_.joinable()) thread_.join();
}

// ---- the thread ----------------------------------------------------------------------------------

// Nothing may leave a thread. What can pass by itself is tried again.
void serial_source::run() noexcept {
  while (!is_stopping_) {
    try {
      if (streams_.empty())
        for (auto& each : decoders_) streams_.push_back(each.open());
      if (!watch_) watch_.emplace(watched_path(settings_));
      while (open_port()) serve();
    } catch (const std::exception& failed) {
      port_.reset();
      streams_.clear();
      host_.away(failed.what());
      wait(look_again_min, -1, 0);
    }
  }
  port_.reset();
  streams_.clear();
}

// Until the device is gone or the source is being stopped.
void serial_source::serve() {
  cycle_.begin(host_.now_monotonic());
  silence_at_ = INT64_MAX;
  while (port_ && !is_stopping_) {
    if (!send_requests()) continue;
    const auto now = host_.now_monotonic();
    const auto next = next_deadline();
    if (next > now)
      wait(next == INT64_MAX ? -1ns : std::chrono::nanoseconds{next - now}, port_->number(), POLLIN);
    if (is_stopping_ || !read_port()) continue;
    if (host_.now_monotonic() >= silence_at_) end_frame(TIDEGATE_PAUSE_SILENCE);
    settle_answer();
    if (cycle_.has_expired(host_.now_monotonic())) expire_request();
  }
  if (port_) end_frame(TIDEGATE_PAUSE_BROKEN);
}

std::int64_t serial_source::next_deadline() const { return std::min(cycle_.next_at(), silence_at_); }

bool serial_source::open_port() {
  auto look_again = look_again_min;
  while (!is_stopping_) {
    watch_->arm();
    try {
      const auto path = find_device(settings_);
      port_.emplace(path, settings_);
      opened_.add();
      host_.info("opened " + path + ": " + settings_.line());
      errors_.reset();
      for (auto& each : requests_) each.is_unanswered = false;
      host_.running();
      return true;
    } catch (const error& failed) {
      host_.away(failed.what());
    }
    if (!wait(tries_apart, -1, 0)) return false;
    if (wait(look_again, watch_->number(), POLLIN)) look_again = std::min(look_again * 2, look_again_max);
  }
  return false;
}

// For so long at most, or without end if that is negative. False: it is being stopped.
bool serial_source::wait(std::chrono::nanoseconds at_most, int file, short events) {
  pollfd files[] = {{wake_.get(), POLLIN, 0}, {file, events, 0}};
  const auto limit = to_timespec(at_most);
  ::ppoll(files, file < 0 ? 1 : 2, at_most.count() < 0 ? nullptr : &limit, nullptr);
  return !is_stopping_;
}

// Reads until there is nothing more, so that a flood comes in large batches. False: the device is gone.
bool serial_source::read_port() {
  for (std::size_t total = 0; total < bytes_in_a_row_max && !is_stopping_;) {
    std::size_t count = 0;
    const auto outcome = port_->read(buffer_.data(), buffer_.size(), count);
    if (outcome == port::outcome::gone) {
      lose_port(settings_.name() + " is gone");
      return false;
    }
    if (outcome == port::outcome::later) break;
    feed({buffer_.data(), count});
    total += count;
  }
  submit_rest();
  count_line_errors();
  return true;
}

void serial_source::feed(std::string_view bytes) {
  bytes_.add(static_cast<double>(bytes.size()));
  if (requests_.empty()) return decode(bytes);
  if (!cycle_.is_waiting() || !is_echo(bytes)) answer(bytes);
}

// One byte after the other, since the first frame is the answer, and what follows it is nobody's.
void serial_source::answer(std::string_view bytes) {
  for (; !bytes.empty() && cycle_.is_waiting(); bytes.remove_prefix(1)) {
    decode(bytes.substr(0, 1));
    settle_answer();
  }
  if (!bytes.empty()) discard(bytes);
}

// An answer that is too late, or the rest of one: whatever it is, it is none to the request that comes next.
void serial_source::discard(std::string_view bytes) {
  unasked_.add(static_cast<double>(bytes.size()));
  cycle_.heard(host_.now_monotonic());
}

void serial_source::decode(std::string_view bytes) {
  auto& stream = current();
  const auto now = host_.now_utc();
  for (;;) {
    bytes.remove_prefix(stream.feed_some(bytes, now));
    if (bytes.empty()) break;
    host_.submit(stream.take());
  }
  const auto silence = stream.silence().count();
  silence_at_ = silence != 0 && stream.pending() != 0 ? host_.now_monotonic() + silence : INT64_MAX;
}

void serial_source::submit_rest() {
  for (auto& stream : streams_)
    if (stream.samples() != 0) host_.submit(stream.take());
}

void serial_source::end_frame(std::uint32_t why) {
  silence_at_ = INT64_MAX;
  current().pause(why, host_.now_utc(), [&](void* block) { return host_.submit(block); });
}

void serial_source::lose_port(const std::string& why) {
  port_.reset();
  host_.away(why);
  end_frame(TIDEGATE_PAUSE_BROKEN);
}

void serial_source::count_line_errors() {
  const auto now = host_.now_monotonic();
  line_errors counted;
  if (now < errors_at_ || !port_->errors(counted)) return;
  errors_at_ = now + errors_interval;
  // The driver counts since it was loaded, and may begin anew.
  const auto add = [&](const metric& to, unsigned line_errors::*which) {
    if (errors_ && counted.*which > (*errors_).*which) to.add(counted.*which - (*errors_).*which);
  };
  add(overruns_, &line_errors::overrun);
  add(frame_errors_, &line_errors::frame);
  add(parity_errors_, &line_errors::parity);
  errors_ = counted;
}

// ---- requests ------------------------------------------------------------------------------------

// False: the device is gone.
bool serial_source::send_requests() {
  if (!cycle_.is_due(host_.now_monotonic())) return true;
  // What came without being asked for is no answer, and may put the request off.
  if (!read_port()) return false;
  const auto index = cycle_.due(host_.now_monotonic());
  if (!index) return true;
  port_->discard_input();
  frames_before_ = current().frames();
  echo_ = requests_[*index].bytes;
  echo_taken_ = 0;
  return send(requests_[*index].bytes);
}

// Adapters of half-duplex lines may hear themselves. What begins as the request does is kept back until it
// is the whole of it, and then nobody's answer, or something else. True: it was kept back.
bool serial_source::is_echo(std::string_view& bytes) {
  while (!bytes.empty() && echo_taken_ < echo_.size() && bytes.front() == echo_[echo_taken_]) {
    ++echo_taken_;
    bytes.remove_prefix(1);
  }
  if (echo_taken_ < echo_.size() && !bytes.empty()) release_echo();
  return bytes.empty();
}

// It only began like the request.
void serial_source::release_echo() {
  const auto kept = echo_taken_ < echo_.size() ? echo_.substr(0, echo_taken_) : std::string_view{};
  echo_ = {};
  echo_taken_ = 0;
  answer(kept);
}

// Within the time that the answer has. False: the device is gone.
bool serial_source::send(std::string_view bytes) {
  const auto until = host_.now_monotonic() + timeout_.count();
  while (!is_stopping_) {
    const auto outcome = port_->write(bytes);
    if (outcome == port::outcome::done) return true;
    if (outcome == port::outcome::gone) return lose_port(settings_.name() + " is gone"), false;
    const auto now = host_.now_monotonic();
    // The request that could not be sent has no answer, and expires.
    if (now >= until) return true;
    wait(std::chrono::nanoseconds{until - now}, port_->number(), POLLOUT);
  }
  return true;
}

// A frame is the answer, whether it can be read or not; what is none, such as noise before it, is not.
void serial_source::settle_answer() {
  if (!cycle_.is_waiting() || current().frames() == frames_before_) return;
  // What follows was not asked for.
  if (current().pending() != 0) end_frame(TIDEGATE_PAUSE_BROKEN);
  requests_[cycle_.index()].is_unanswered = false;
  cycle_.done(host_.now_monotonic());
  tell_health();
}

void serial_source::expire_request() {
  // An answer may be the beginning of its request.
  release_echo();
  if (!cycle_.is_waiting()) return submit_rest();
  timeouts_.add();
  requests_[cycle_.index()].is_unanswered = true;
  end_frame(TIDEGATE_PAUSE_BROKEN);
  // Otherwise it would be sent when nobody waits for its answer any more.
  port_->discard_output();
  cycle_.give_up(host_.now_monotonic());
  tell_health();
}

void serial_source::tell_health() {
  for (const auto& each : requests_)
    if (each.is_unanswered)
      return host_.degraded(settings_.name() + " does not answer " + shown(each.bytes) + " within " +
                            std::to_string(timeout_ / 1ms) + " ms");
  host_.running();
}

}  // namespace tidegate::serial
