// Units on a line, made of libmodbus's own server, and a test in between that may lose, garble and delay what
// they answer.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "descriptor.hpp"

namespace tidegate::modbus {

// What a unit was asked.
struct asked {
  int unit = 0;
  int function = 0;
  int address = 0;
  int count = 0;
  bool operator==(const asked&) const = default;
};
inline void PrintTo(const asked& of, std::ostream* to) {
  *to << "unit " << of.unit << " function " << of.function << " address " << of.address << " count "
      << of.count;
}

class units {
 public:
  static constexpr int addresses = 300;
  // What becomes of an answer: changed or not, it is sent if true.
  using hook = std::function<bool(const asked&, std::string& answer)>;

  virtual ~units() = default;

  // Changes what a unit has; it is there from then on.
  void with(int unit, const std::function<void(modbus_mapping_t&)>& change) {
    const std::lock_guard lock{mutex_};
    auto& mapping = mappings_[unit];
    if (!mapping) mapping.reset(::modbus_mapping_new(addresses, addresses, addresses, addresses));
    change(*mapping);
  }
  void set(int unit, int address, std::vector<std::uint16_t> registers) {
    with(unit, [&](auto& of) { std::copy(registers.begin(), registers.end(), of.tab_registers + address); });
  }
  void remove(int unit) {
    const std::lock_guard lock{mutex_};
    mappings_.erase(unit);
  }
  void set_hook(hook with) {
    const std::lock_guard lock{mutex_};
    hook_ = std::move(with);
  }
  std::vector<asked> requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
  }
  void forget_requests() {
    const std::lock_guard lock{mutex_};
    requests_.clear();
  }

 protected:
  using descriptor = common::descriptor;

  // A whole request, as it came; where the pure protocol data begin in it; and what libmodbus answers, empty
  // for none. `context` is that of a server.
  std::string answer_to(const std::string& frame, std::size_t header, modbus_t* context) {
    const auto byte = [&](std::size_t at) { return static_cast<int>(static_cast<unsigned char>(frame[at])); };
    const asked what{byte(header - 1), byte(header), byte(header + 1) << 8 | byte(header + 2),
                     byte(header + 3) << 8 | byte(header + 4)};
    std::string made;
    hook change;
    {
      const std::lock_guard lock{mutex_};
      requests_.push_back(what);
      const auto found = mappings_.find(what.unit);
      if (found != mappings_.end()) made = ask(context, what.unit, frame, *found->second);
      change = hook_;
    }
    return change && !change(what, made) ? std::string{} : made;
  }

  // Serves what comes on `file` until told to stop; `frame_bytes` is the length of all requests for reading.
  // False: the other side is gone.
  bool serve(int file, std::size_t frame_bytes, std::size_t header, modbus_t* context) {
    std::string frame;
    while (wait_for(file)) {
      char bytes[256];
      const auto got = ::read(file, bytes, frame_bytes - frame.size());
      if (got <= 0) return false;
      frame.append(bytes, static_cast<std::size_t>(got));
      if (frame.size() < frame_bytes) continue;
      const auto answer = answer_to(frame, header, context);
      frame.clear();
      if (!answer.empty() && ::write(file, answer.data(), answer.size()) < 0) return false;
    }
    return false;
  }

  // False: it is to stop.
  bool wait_for(int file) const {
    pollfd files[] = {{file, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (::poll(files, 2, -1) < 0) {
    }
    return files[1].revents == 0;
  }
  void end(std::thread& thread) {
    ::eventfd_write(stop_.get(), 1);
    if (thread.joinable()) thread.join();
    eventfd_t given = 0;
    ::eventfd_read(stop_.get(), &given);
  }

 private:
  struct release {
    void operator()(modbus_mapping_t* mapping) const { ::modbus_mapping_free(mapping); }
  };

  static std::string ask(modbus_t* context, int unit, const std::string& frame, modbus_mapping_t& mapping) {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    const descriptor theirs{pair[0]}, ours{pair[1]};
    ::modbus_set_socket(context, theirs.get());
    ::modbus_set_slave(context, unit);
    EXPECT_EQ(::write(ours.get(), frame.data(), frame.size()), static_cast<ssize_t>(frame.size()));
    std::uint8_t request[MODBUS_MAX_ADU_LENGTH];
    const int length = ::modbus_receive(context, request);
    if (length <= 0 || ::modbus_reply(context, request, length, &mapping) < 0) return {};
    char answer[MODBUS_MAX_ADU_LENGTH];
    const auto got = ::recv(ours.get(), answer, sizeof answer, MSG_DONTWAIT);
    return got > 0 ? std::string(answer, static_cast<std::size_t>(got)) : std::string{};
  }

  mutable std::mutex mutex_;
  std::map<int, std::unique_ptr<modbus_mapping_t, release>> mappings_;
  hook hook_;
  std::vector<asked> requests_;
  descriptor stop_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
};

using context = std::unique_ptr<modbus_t, void (*)(modbus_t*)>;

// On a pseudo-terminal that is plugged in and pulled at will.
class serial_units : public units {
 public:
  explicit serial_units(std::string link) : link_{std::move(link)} { plug(); }
  ~serial_units() override { pull(); }

  void plug() {
    int master = -1, slave = -1;
    ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    master_ = descriptor{master};
    slave_ = descriptor{slave};
    termios raw{};
    ::tcgetattr(slave, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(slave, TCSANOW, &raw);
    ASSERT_EQ(::symlink(::ttyname(slave), link_.c_str()), 0);
    thread_ = std::thread{[this, master] {
      const context server{::modbus_new_rtu("line", 9600, 'N', 8, 1), &::modbus_free};
      serve(master, 8, 1, server.get());
    }};
  }
  void pull() {
    ::unlink(link_.c_str());
    end(thread_);
    slave_.close();
    master_.close();
  }

  // As if it came from the line by itself.
  void send(const std::string& bytes) const {
    ASSERT_EQ(::write(master_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  // Bytes that were sent to the gateway and that it has not taken.
  int unread() const { return pending(slave_.get()); }
  // Bytes of the gateway that the units have not taken.
  int unheard() const { return pending(master_.get()); }

 private:
  static int pending(int file) {
    int count = 0;
    return ::ioctl(file, FIONREAD, &count) == 0 ? count : -1;
  }

  std::string link_;
  descriptor master_, slave_;
  std::thread thread_;
};

// Behind one TCP server on 127.0.0.1 that takes one connection after the other.
class tcp_units : public units {
 public:
  tcp_units() { listen(); }
  ~tcp_units() override { close(); }

  int port() const { return port_; }
  int connections() const { return connections_; }

  void listen() {
    listening_ = descriptor{::socket(AF_INET, SOCK_STREAM, 0)};
    const int yes = 1;
    ::setsockopt(listening_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<std::uint16_t>(port_));
    socklen_t length = sizeof at;
    ASSERT_EQ(::bind(listening_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0)
        << std::strerror(errno);
    ASSERT_EQ(::listen(listening_.get(), 8), 0);
    ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&at), &length);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread{[this, file = listening_.get()] { accept_all(file); }};
  }
  // Refuses connections until close() and listen(), for the thread that serves.
  void refuse() const { ::shutdown(listening_.get(), SHUT_RD); }
  // Refuses connections, and ends those that are there.
  void close() {
    end(thread_);
    listening_.close();
  }

 private:
  void accept_all(int listening) {
    const context server{::modbus_new_tcp(nullptr, port_), &::modbus_free};
    while (wait_for(listening)) {
      const descriptor connection{::accept(listening, nullptr, nullptr)};
      if (!connection) return;
      ++connections_;
      serve(connection.get(), 12, 7, server.get());
    }
  }

  int port_ = 0;
  std::atomic<int> connections_{0};
  descriptor listening_;
  std::thread thread_;
};

}  // namespace tidegate::modbus
