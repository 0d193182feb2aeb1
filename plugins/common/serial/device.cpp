#include "serial/device.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <system_error>
#include <vector>

#include "tidegate/error.hpp"

namespace tidegate::serial {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& file) {
  std::ifstream in{file};
  std::string line;
  std::getline(in, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

bool fits(const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; }

// /sys/class/tty/ttyUSB0/device lies some levels below the interface, and that below the USB device.
bool is_meant(const fs::path& tty, const usb_identity& meant) {
  std::error_code failed;
  auto at = fs::canonical(tty / "device", failed);
  if (failed) return false;
  std::string interface;
  for (int level = 0; level < 8 && at.has_relative_path(); ++level, at = at.parent_path()) {
    if (interface.empty()) interface = first_line(at / "bInterfaceNumber");
    const auto vendor = first_line(at / "idVendor");
    if (vendor.empty()) continue;
    int number = -1;
    std::from_chars(interface.data(), interface.data() + interface.size(), number, 16);
    return fits(meant.vendor, vendor) && fits(meant.product, first_line(at / "idProduct")) &&
           fits(meant.serial, first_line(at / "serial")) && (!meant.interface || *meant.interface == number);
  }
  return false;
}

std::string find_usb(const settings& of, const fs::path& sys, const fs::path& dev) {
  std::vector<std::string> found;
  std::error_code failed;
  for (fs::directory_iterator at{sys, failed}, end; !failed && at != end; at.increment(failed))
    if (is_meant(at->path(), *of.usb)) found.push_back(at->path().filename());
  if (found.empty()) throw temporary(of.name() + " is not there");
  std::sort(found.begin(), found.end());
  if (found.size() == 1) return dev / found.front();
  std::string all;
  for (const auto& name : found) all += (all.empty() ? "" : ", ") + name;
  throw temporary(of.name() + " is there more than once (" + all +
                  "); add its serial number or the interface");
}

}  // namespace

std::string find_device(const settings& of, const fs::path& sys, const fs::path& dev) {
  if (of.usb) return find_usb(of, sys, dev);
  std::error_code failed;
  if (!fs::exists(of.device, failed)) throw temporary(of.device + " is not there");
  return of.device;
}

}  // namespace tidegate::serial
