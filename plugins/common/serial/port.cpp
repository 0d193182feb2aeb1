#include "serial/port.hpp"

// The kernel's own termios, which has any speed; glibc's header has not, and cannot be included beside it.
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tidegate/error.hpp"

namespace tidegate::serial {
namespace {

std::string why() { return std::strerror(errno); }

error failed(const std::string& path, const std::string& what) { return temporary(path + " " + what); }

std::string how_to_open(int error) {
  if (error == EACCES)
    return "; put the user that tidegate runs as into the group of the device, mostly dialout";
  if (error == EBUSY) return "; another program uses it";
  return "";
}

constexpr std::array<tcflag_t, 4> sizes{CS5, CS6, CS7, CS8};

tcflag_t parity_flags(parity of) {
  switch (of) {
    case parity::odd:
      return PARENB | PARODD;
    case parity::even:
      return PARENB;
    case parity::mark:
      return PARENB | PARODD | CMSPAR;
    case parity::space:
      return PARENB | CMSPAR;
    default:
      return 0;
  }
}

const char* name_of(parity of) {
  constexpr std::array names{"none", "odd", "even", "mark", "space"};
  return names[static_cast<std::size_t>(of)];
}

constexpr tcflag_t parity_bits = PARENB | PARODD | CMSPAR;
constexpr tcflag_t soft_flow = IXON | IXOFF;

// Bytes as they are, in both directions. Characters with a wrong parity become a zero, so that the format
// sees that something is wrong.
termios2 wanted(termios2 made, const settings& with) {
  made.c_iflag = IGNBRK | (with.parity != parity::none ? INPCK : 0);
  if (with.flow == flow_control::xon_xoff) made.c_iflag |= soft_flow;
  made.c_oflag = 0;
  made.c_lflag = 0;
  made.c_cflag = CREAD | CLOCAL | BOTHER | BOTHER << IBSHIFT |
                 sizes[static_cast<std::size_t>(with.data_bits - 5)] | parity_flags(with.parity);
  if (with.stop_bits == 2) made.c_cflag |= CSTOPB;
  if (with.flow == flow_control::rts_cts) made.c_cflag |= CRTSCTS;
  made.c_ispeed = made.c_ospeed = with.baud;
  made.c_cc[VMIN] = 1;  // so that nothing to read is told from a port that is gone
  made.c_cc[VTIME] = 0;
  return made;
}

// A clock is divided by whole numbers, so that few speeds are met exactly; 2 % are what a line bears.
bool is_near(speed_t made, std::uint32_t wanted) {
  const auto difference = made > wanted ? made - wanted : wanted - made;
  return std::uint64_t{difference} * 50 <= wanted;
}

}  // namespace

port::port(const std::string& path, const settings& with)
    : path_{path}, file_{::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)} {
  if (!file_.is_open()) throw failed(path, "cannot be opened: " + why() + how_to_open(errno));
  if (with.is_exclusive) {
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
      throw failed(path, "is in use by another program, which has locked it");
    if (::ioctl(file_.get(), TIOCEXCL) != 0) throw failed(path, "is no serial port: " + why());
  }
  set_up(with);
  if (with.rs485) set_up_rs485(with);
  if (with.dtr) set_line("dtr", TIOCM_DTR, *with.dtr);
  if (with.rts) set_line("rts", TIOCM_RTS, *with.rts);
  discard_input();
}

// What a device that holds the line does not take would make close(2) wait for it, up to half a minute.
port::~port() { discard_output(); }

void port::set_up(const settings& with) {
  termios2 before{};
  if (::ioctl(file_.get(), TCGETS2, &before) != 0) throw failed(path_, "is no serial port: " + why());
  const auto asked = wanted(before, with);
  if (::ioctl(file_.get(), TCSETS2, &asked) != 0) throw failed(path_, "does not take the settings: " + why());
  termios2 made{};
  if (::ioctl(file_.get(), TCGETS2, &made) != 0) throw failed(path_, "does not tell its settings: " + why());
  const auto differs = [&](tcflag_t bits) { return (made.c_cflag & bits) != (asked.c_cflag & bits); };
  if (!is_near(made.c_ospeed, with.baud) || !is_near(made.c_ispeed, with.baud))
    throw failed(path_, "does not take baud " + std::to_string(with.baud) + "; its driver would make it " +
                            std::to_string(made.c_ospeed));
  if (differs(CSIZE)) throw failed(path_, "does not take data_bits " + std::to_string(with.data_bits));
  if (differs(parity_bits)) throw failed(path_, std::string{"does not take parity "} + name_of(with.parity));
  if (differs(CSTOPB)) throw failed(path_, "does not take stop_bits " + std::to_string(with.stop_bits));
  if (differs(CRTSCTS)) throw failed(path_, "does not take flow_control rts_cts");
  if ((made.c_iflag & soft_flow) != (asked.c_iflag & soft_flow))
    throw failed(path_, "does not take flow_control xon_xoff");
}

void port::set_up_rs485(const settings& with) {
  const auto& of = *with.rs485;
  const auto milliseconds = [](std::chrono::nanoseconds delay) {
    return static_cast<__u32>(delay / std::chrono::milliseconds{1});
  };
  serial_rs485 asked{};
  asked.flags = SER_RS485_ENABLED;
  if (of.rts_on_send) asked.flags |= SER_RS485_RTS_ON_SEND;
  if (of.rts_after_send) asked.flags |= SER_RS485_RTS_AFTER_SEND;
  if (of.receive_during_send) asked.flags |= SER_RS485_RX_DURING_TX;
  asked.delay_rts_before_send = milliseconds(of.delay_before_send);
  asked.delay_rts_after_send = milliseconds(of.delay_after_send);
  if (::ioctl(file_.get(), TIOCSRS485, &asked) != 0)
    throw failed(path_, "does not take rs485; its driver cannot switch the direction (" + why() +
                            "). Leave it out if the adapter does that by itself");
  serial_rs485 made{};
  if (::ioctl(file_.get(), TIOCGRS485, &made) != 0 || made.flags != asked.flags ||
      made.delay_rts_before_send != asked.delay_rts_before_send ||
      made.delay_rts_after_send != asked.delay_rts_after_send)
    throw failed(path_, "does not take rs485 as it is configured; its driver changed a value");
}

void port::set_line(const char* option, unsigned line, bool on) {
  const auto bits = static_cast<int>(line);
  int made = 0;
  if (::ioctl(file_.get(), on ? TIOCMBIS : TIOCMBIC, &bits) != 0 ||
      ::ioctl(file_.get(), TIOCMGET, &made) != 0 || ((made & bits) != 0) != on)
    throw failed(path_, std::string{"does not take "} + option + (on ? " true" : " false"));
}

port::outcome port::read(char* into, std::size_t capacity, std::size_t& count) noexcept {
  const auto got = ::read(file_.get(), into, capacity);
  count = got > 0 ? static_cast<std::size_t>(got) : 0;
  if (got > 0) return outcome::done;
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? outcome::later : outcome::gone;
}

port::outcome port::write(std::string_view& bytes) noexcept {
  const auto taken = ::write(file_.get(), bytes.data(), bytes.size());
  if (taken < 0) return errno == EAGAIN || errno == EINTR ? outcome::later : outcome::gone;
  bytes.remove_prefix(static_cast<std::size_t>(taken));
  return bytes.empty() ? outcome::done : outcome::later;
}

void port::discard_input() noexcept { ::ioctl(file_.get(), TCFLSH, TCIFLUSH); }
void port::discard_output() noexcept { ::ioctl(file_.get(), TCFLSH, TCOFLUSH); }

bool port::errors(line_errors& counted) const noexcept {
  serial_icounter_struct counters{};
  if (::ioctl(file_.get(), TIOCGICOUNT, &counters) != 0) return false;
  counted.overrun = static_cast<unsigned>(counters.overrun) + static_cast<unsigned>(counters.buf_overrun);
  counted.frame = static_cast<unsigned>(counters.frame);
  counted.parity = static_cast<unsigned>(counters.parity);
  return true;
}

}  // namespace tidegate::serial
