#include "stream.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <ctime>
#include <string>
#include <system_error>

#include "tidegate/error.hpp"

namespace tidegate::console_sink {
namespace {

tidegate::error failure(std::string_view name, int number) {
  const auto whole = "cannot write to " + std::string{name} + ": ";
  if (number == EPIPE) return temporary(whole + "its reader has closed it");
  return temporary(whole + std::generic_category().message(number));
}

// A write to a pipe without a reader sends SIGPIPE to the thread, which would end the program. Held back
// here, and taken away again if it was this thread's write that brought it about.
class no_sigpipe {
 public:
  no_sigpipe() {
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  no_sigpipe(const no_sigpipe&) = delete;
  no_sigpipe& operator=(const no_sigpipe&) = delete;
  ~no_sigpipe() {
    const auto kept = errno;
    const timespec at_once{};
    if (!was_pending_)
      while (::sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = kept;
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_;
};

// What can be written without waiting once poll says that there is room.
std::size_t piece_of(int file) {
  struct stat found {};
  const bool may_wait =
      ::fstat(file, &found) != 0 || S_ISFIFO(found.st_mode) || S_ISSOCK(found.st_mode) || ::isatty(file) == 1;
  return may_wait ? PIPE_BUF : SIZE_MAX;
}

}  // namespace

stream::stream(int file, std::string_view name)
    : file_{file},
      name_{name},
      stop_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      piece_bytes_{piece_of(file)} {
  if (stop_ < 0) throw failure(name, errno);
}

stream::~stream() { ::close(stop_); }

bool stream::is_terminal() const noexcept { return ::isatty(file_) == 1; }

void stream::write(std::string_view text) {
  const no_sigpipe guard;
  while (!text.empty()) {
    if (piece_bytes_ != SIZE_MAX) wait_until_writable();
    const auto written = ::write(file_, text.data(), std::min(text.size(), piece_bytes_));
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      wait_until_writable();
    } else if (errno != EINTR) {
      throw failure(name_, errno);
    }
  }
}

void stream::wait_until_writable() {
  pollfd files[] = {{file_, POLLOUT, 0}, {stop_, POLLIN, 0}};
  while (::poll(files, 2, -1) < 0)
    if (errno != EINTR) throw failure(name_, errno);
  if (files[1].revents != 0 && (files[0].revents & POLLOUT) == 0)
    throw temporary(std::string{name_} + " takes nothing, and the sink is to stop");
}

void stream::request_stop() noexcept {
  const std::uint64_t one = 1;
  if (::write(stop_, &one, sizeof one) < 0) return;  // full: it was asked for before
}

void stream::reset() noexcept {
  std::uint64_t count = 0;
  if (::read(stop_, &count, sizeof count) < 0) return;  // nothing was asked for
}

}  // namespace tidegate::console_sink
