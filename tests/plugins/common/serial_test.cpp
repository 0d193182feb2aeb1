// Serial ports without one: which device is meant, what the options say, when requests are sent.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "request_cycle.hpp"
#include "serial/device.hpp"
#include "serial/port.hpp"
#include "serial/settings.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::serial {
namespace {

using namespace std::chrono_literals;
using testing::map;
using testing::option_entry;
using testing::option_map;
namespace fs = std::filesystem;

// A /sys/class/tty with adapters as the kernel shows them.
class made_up_sys {
 public:
  made_up_sys() : root_{fs::temp_directory_path() / ("tidegate-sys-" + std::to_string(::getpid()))} {
    fs::create_directories(root_ / "class/tty/ttyS0");
  }
  ~made_up_sys() { fs::remove_all(root_); }

  void plug(const std::string& tty, const std::string& vendor, const std::string& product,
            const std::string& serial, const std::string& interface) {
    const auto usb = root_ / "devices" / ("usb-" + vendor + product + serial);
    const auto port = usb / ("1:1." + interface) / tty;
    fs::create_directories(port);
    write(usb / "idVendor", vendor);
    write(usb / "idProduct", product);
    if (!serial.empty()) write(usb / "serial", serial);
    write(usb / ("1:1." + interface) / "bInterfaceNumber", interface);
    fs::create_directories(root_ / "class/tty" / tty);
    fs::create_symlink(port, root_ / "class/tty" / tty / "device");
  }
  fs::path tty() const { return root_ / "class/tty"; }

 private:
  static void write(const fs::path& file, const std::string& text) { std::ofstream{file} << text << '\n'; }
  fs::path root_;
};

std::string found(const made_up_sys& sys, const usb_identity& meant) {
  settings with;
  with.usb = meant;
  try {
    return find_device(with, sys.tty(), "/dev");
  } catch (const error& failed) {
    EXPECT_EQ(failed.status(), TIDEGATE_ERROR_TEMPORARY);
    return failed.what();
  }
}

TEST(an_adapter, is_found_by_its_numbers) {
  made_up_sys sys;
  sys.plug("ttyUSB0", "0403", "6001", "A1", "00");
  sys.plug("ttyUSB1", "0403", "6001", "B2", "00");
  sys.plug("ttyUSB2", "10c4", "ea60", "", "00");
  sys.plug("ttyUSB3", "0403", "6011", "C3", "00");
  sys.plug("ttyUSB4", "0403", "6011", "C3", "01");
  EXPECT_EQ(found(sys, {.vendor = "10c4"}), "/dev/ttyUSB2");
  EXPECT_EQ(found(sys, {.vendor = "0403", .product = "6001", .serial = "B2"}), "/dev/ttyUSB1");
  EXPECT_EQ(found(sys, {.serial = "A1"}), "/dev/ttyUSB0");
  EXPECT_EQ(found(sys, {.vendor = "0403", .product = "6011", .interface = 1}), "/dev/ttyUSB4");
  EXPECT_EQ(found(sys, {.vendor = "0403", .product = "6001", .serial = "D4"}),
            "USB adapter 0403:6001 D4 is not there");
  EXPECT_EQ(found(sys, {.vendor = "0403", .product = "6001"}),
            "USB adapter 0403:6001 is there more than once (ttyUSB0, ttyUSB1); add its serial number or the "
            "interface");
}

// The defaults of the schema, and what is changed.
std::string said_of(std::initializer_list<option_entry> given) {
  std::vector<option_entry> all{given};
  const option_map defaults{{"baud", 9600},   {"data_bits", 8},         {"parity", "none"},
                            {"stop_bits", 1}, {"flow_control", "none"}, {"exclusive", true}};
  std::vector<tidegate_entry> entries;
  const option_map changes{given};
  for (const auto* each : {&changes, &defaults})
    for (std::uint32_t index = 0; index < each->raw().count; ++index)
      entries.push_back(each->raw().as.entries[index]);
  tidegate_value root{};
  root.type = TIDEGATE_TYPE_MAP;
  root.count = static_cast<std::uint32_t>(entries.size());
  root.as.entries = entries.data();
  try {
    const auto made = read_settings(options{root});
    return made.name() + ": " + made.line();
  } catch (const error& wrong) {
    return wrong.option() + ": " + wrong.what();
  }
}

option_entry rs485_defaults() {
  return {"rs485", map({{"rts_on_send", true},
                        {"rts_after_send", false},
                        {"receive_during_send", false},
                        {"delay_before_send", 0},
                        {"delay_after_send", 1500us}})};
}

TEST(settings_of_a_port, are_read_and_contradictions_refused) {
  EXPECT_EQ(said_of({{"device", "/dev/x"}}), "/dev/x: 9600 baud, 8N1");
  EXPECT_EQ(
      said_of(
          {{"device", "/dev/x"}, {"baud", 250'000}, {"parity", "even"}, {"data_bits", 7}, {"stop_bits", 2}}),
      "/dev/x: 250000 baud, 7E2");
  EXPECT_EQ(said_of({{"usb", map({{"vendor", "10C4"}})}}), "USB adapter 10c4:*: 9600 baud, 8N1");
  EXPECT_EQ(said_of({}), "device: is missing; name the port, such as /dev/ttyUSB0, or give 'usb'");
  EXPECT_EQ(said_of({{"device", "/dev/x"}, {"usb", map({{"vendor", "10c4"}})}}),
            "device: cannot be given beside 'usb'; remove one of the two");
  EXPECT_EQ(said_of({{"usb", map({{"vendor", "403"}})}}),
            "usb.vendor: must be four hexadecimal digits such as \"0403\"; this is '403'");
  EXPECT_EQ(said_of({{"usb", map({{"product", "6001"}})}}),
            "usb: needs a vendor or a serial number; lsusb shows them");
  EXPECT_EQ(said_of({{"device", "/dev/x"}, rs485_defaults()}),
            "rs485.delay_after_send: must be whole milliseconds, which is what drivers count in");
}

TEST(requests, are_sent_in_turn_once_a_round) {
  request_cycle cycle{2, 100ns, 30ns};
  cycle.begin(1000);
  EXPECT_EQ(cycle.due(1000), 0U);
  EXPECT_EQ(cycle.due(1000), std::nullopt);  // while the answer is waited for
  EXPECT_EQ(cycle.next_at(), 1030);
  EXPECT_FALSE(cycle.has_expired(1029));
  cycle.done(1010);
  EXPECT_EQ(cycle.due(1010), 1U);
  EXPECT_TRUE(cycle.has_expired(1040));
  cycle.done(1040);
  EXPECT_EQ(cycle.next_at(), 1100);
  EXPECT_EQ(cycle.due(1099), std::nullopt);
  EXPECT_EQ(cycle.due(1100), 0U);
}

TEST(requests, that_take_longer_than_a_round_leave_rounds_out) {
  request_cycle cycle{1, 100ns, 1000ns};
  cycle.begin(0);
  EXPECT_EQ(cycle.due(0), 0U);
  cycle.done(250);
  EXPECT_EQ(cycle.next_at(), 300);
  EXPECT_EQ(cycle.due(320), 0U);
  cycle.done(330);
  EXPECT_EQ(cycle.next_at(), 400);
}

TEST(a_request, that_was_given_up_puts_the_next_one_off_until_the_line_was_silent) {
  request_cycle cycle{2, 100ns, 30ns};
  cycle.begin(0);
  EXPECT_EQ(cycle.due(0), 0U);
  cycle.heard(10);  // while it waits this says nothing
  cycle.give_up(30);
  EXPECT_EQ(cycle.next_at(), 60);
  cycle.heard(55);
  EXPECT_EQ(cycle.due(60), std::nullopt);
  cycle.heard(90);  // as one that is found when the time is over already
  EXPECT_EQ(cycle.due(119), std::nullopt);
  EXPECT_EQ(cycle.due(120), 1U);
  cycle.done(121);
  cycle.heard(122);
  EXPECT_EQ(cycle.next_at(), 200);
}

// A pseudo-terminal, whose driver keeps what is not read as others keep what is not sent.
TEST(a_port, that_is_closed_waits_for_nothing_that_was_not_sent) {
  int master = -1, slave = -1;
  char path[64];
  ASSERT_EQ(::openpty(&master, &slave, path, nullptr, nullptr), 0);
  ::fcntl(master, F_SETFL, O_NONBLOCK);
  settings with;
  with.device = path;
  std::size_t written = 0;
  const auto fill = [&](port& to) {
    const std::string bytes(4096, 'x');
    for (std::string_view rest{bytes}; to.write(rest) != port::outcome::later || rest.size() < bytes.size();
         rest = bytes)
      written += bytes.size() - rest.size();
  };
  {
    port open{path, with};
    fill(open);
    const auto once = written;
    open.discard_output();
    fill(open);
    EXPECT_GT(written, once);
  }
  char buffer[4096];
  std::size_t came = 0;
  for (ssize_t got; (got = ::read(master, buffer, sizeof buffer)) > 0;) came += static_cast<std::size_t>(got);
  EXPECT_LT(came, written / 2);
  ::close(master);
  ::close(slave);
}

TEST(without_requests, nothing_is_ever_due) {
  request_cycle cycle{0, 100ns, 10ns};
  cycle.begin(0);
  EXPECT_EQ(cycle.due(1'000'000), std::nullopt);
  EXPECT_EQ(cycle.next_at(), INT64_MAX);
}

}  // namespace
}  // namespace tidegate::serial
