// An open serial port.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "serial/descriptor.hpp"
#include "serial/settings.hpp"

namespace tidegate::serial {

// What the driver counted since it was loaded.
struct line_errors {
  unsigned overrun = 0;  // characters lost in the device or the driver
  unsigned frame = 0;
  unsigned parity = 0;
};

// One thread at a time. Not blocking: what cannot be done now is said.
class port {
 public:
  // Opens and sets up the device file at `path`, and reads back what the driver made of it. Throws
  // tidegate::error (temporary): it is not there, may not be opened, is in use, or does not take a value.
  port(const std::string& path, const settings& with);
  port(const port&) = delete;
  port& operator=(const port&) = delete;
  // Does not wait for what was not sent.
  ~port();

  // For poll(2).
  int number() const noexcept { return file_.get(); }

  enum class outcome { done, later, gone };
  // Reads what is there, at most `capacity` bytes.
  outcome read(char* into, std::size_t capacity, std::size_t& count) noexcept;
  // Writes from the front of `bytes` what is taken now, and removes it.
  outcome write(std::string_view& bytes) noexcept;
  // Forgets what came in and was not read.
  void discard_input() noexcept;
  // Forgets what was written and not sent.
  void discard_output() noexcept;
  // Nothing on devices that do not count.
  bool errors(line_errors& counted) const noexcept;

 private:
  void set_up(const settings& with);
  void set_up_rs485(const settings& with);
  void set_line(const char* option, unsigned line, bool on);

  std::string path_;
  descriptor file_;
};

}  // namespace tidegate::serial
