// Writes to a descriptor that others own: standard output, which may be a terminal that is stopped, a pipe
// whose reader has gone, or a file on a full disk. One thread at a time, but for request_stop.
#pragma once

#include <string_view>

namespace tidegate::console_sink {

class stream {
 public:
  // The descriptor stays open; `name` is for messages. Throws tidegate::error, class temporary.
  stream(int file, std::string_view name);
  ~stream();
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  // Whether people look at it.
  bool is_terminal() const noexcept;

  // Writes all of it. Throws temporary if that cannot be done, or must not be awaited any longer. Never
  // brings about a SIGPIPE.
  void write(std::string_view text);

  // [any thread] A write that waits for its reader, now or later, gives up.
  void request_stop() noexcept;
  // Writing is possible again.
  void reset() noexcept;

 private:
  void wait_until_writable();

  int file_;
  std::string_view name_;
  int stop_;  // an eventfd, readable once a stop was asked for
  std::size_t piece_bytes_;
};

}  // namespace tidegate::console_sink
