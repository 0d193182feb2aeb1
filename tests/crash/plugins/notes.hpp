// What the two plugins of this folder write down, so that tests/crash/oracle.py can judge what was lost.
//
// A value is a source's number times 2^48 plus a count from 1 on: unique, and ascending for one source. A
// file of notes is nothing but notes of 24 bytes, in the order in which things happened. Notes are written
// with one write() each time, and nothing is kept in memory: what was noted survives the end of the process.
// It does not survive a power cut, so the files lie where the test cuts none.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "tidegate/error.hpp"

namespace tidegate::oracle {

enum class event : std::uint32_t {
  offered = 1,   // source: is going to be submitted
  accepted = 2,  // source: the host answers for it from here on
  received = 3,  // sink: and answered as delivered
  asked = 4,     // sink: kept, but answered so that it comes again
  rejected = 5,  // sink: answered so that it never comes again
  damaged = 6,   // sink: the payload is not that of the value
  resting = 7,   // source: offers nothing from here on; of no values
};

// Something happened to the values first, first + 1, ... first + count - 1.
struct note {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  event what = event::offered;
  std::int64_t time = 0;  // CLOCK_MONOTONIC, nanoseconds: to compare what different plugins have noted
};
static_assert(sizeof(note) == 24);

constexpr int source_shift = 48;

// Every byte of a payload depends on its value, so that no other's is taken for it.
inline std::uint64_t mix(std::uint64_t number) noexcept {
  number += 0x9e3779b97f4a7c15u;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
  return number ^ (number >> 31);
}

inline void fill_payload(std::uint64_t value, std::string& payload) {
  for (std::size_t at = 0; at < payload.size(); at += 8) {
    const auto word = mix(value + at);
    std::memcpy(payload.data() + at, &word, std::min<std::size_t>(8, payload.size() - at));
  }
}

// One thread at a time.
class notebook {
 public:
  explicit notebook(std::string path) : path_{std::move(path)} {}
  ~notebook() { close(); }
  notebook(const notebook&) = delete;
  notebook& operator=(const notebook&) = delete;

  // Goes on where the file ends. A note that was cut off was never made. Throws temporary.
  void open() {
    close();
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0) fail();
    const auto bytes = ::lseek(file_, 0, SEEK_END);
    if (bytes < 0 || ::ftruncate(file_, bytes - bytes % note_bytes) < 0) fail();
  }
  void close() noexcept {
    if (file_ >= 0) ::close(std::exchange(file_, -1));
  }

  // The value behind those of the last note; 0 if there is none.
  std::uint64_t end() const {
    note found;
    const auto bytes = ::lseek(file_, 0, SEEK_END);
    if (bytes < note_bytes) return 0;
    if (::pread(file_, &found, sizeof found, bytes - note_bytes) != note_bytes) fail();
    return found.first + found.count;
  }

  void add(std::span<const note> notes) {
    const auto bytes = static_cast<ssize_t>(notes.size_bytes());
    const auto written = ::write(file_, notes.data(), notes.size_bytes());
    if (written == bytes) return;
    if (written >= 0) errno = ENOSPC;
    fail();
  }

 private:
  static constexpr ssize_t note_bytes = sizeof(note);

  [[noreturn]] void fail() const { throw temporary(path_ + ": " + std::strerror(errno)); }

  std::string path_;
  int file_ = -1;
};

// What a test wants of a plugin at the moment: the words of a file that may be replaced at any time, or the
// option's while there is none.
class orders {
 public:
  orders(std::string path, std::string otherwise)
      : path_{std::move(path)}, otherwise_{std::move(otherwise)} {}

  std::string now() const {
    if (path_.empty()) return otherwise_;
    const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return otherwise_;
    char text[64];
    const auto bytes = ::read(file, text, sizeof text);
    ::close(file);
    return bytes < 0 ? otherwise_ : std::string(text, static_cast<std::size_t>(bytes));
  }

 private:
  std::string path_;
  std::string otherwise_;
};

}  // namespace tidegate::oracle
