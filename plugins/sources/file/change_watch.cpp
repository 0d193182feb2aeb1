#include "change_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tidegate::file_source {
namespace {

constexpr std::uint32_t file_events = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF;
constexpr std::uint32_t folder_events = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR;

}  // namespace

change_watch::change_watch() : interrupts_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}

void change_watch::clear() {
  events_.close();
  is_folder_.clear();
  said_problem_ = false;
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(interrupts_.get(), &count, sizeof count);
}

void change_watch::open() {
  if (events_) return;
  events_ = common::descriptor{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
}

int change_watch::watch(const std::string& path, std::uint32_t events) {
  open();
  const int made = events_ ? ::inotify_add_watch(events_.get(), path.c_str(), events) : -1;
  if (made >= 0) {
    is_folder_[made] = events == folder_events;
  } else if ((errno == ENOSPC || errno == EMFILE) && !said_problem_) {
    said_problem_ = true;
    problem_ = "the kernel gives no more watches (" + std::string{std::strerror(errno)} +
               "), so that changes are seen by looking every interval; raise fs.inotify.max_user_" +
               (errno == ENOSPC ? "watches" : "instances");
  }
  return made;
}

int change_watch::watch_file(int file) { return watch("/proc/self/fd/" + std::to_string(file), file_events); }
int change_watch::watch_folder(const std::string& path) { return watch(path, folder_events); }

void change_watch::forget(int watch) {
  if (watch >= 0 && is_folder_.erase(watch) != 0) ::inotify_rm_watch(events_.get(), watch);
}

std::string change_watch::take_problem() { return std::exchange(problem_, {}); }

const change_watch::changes& change_watch::wait(std::chrono::nanoseconds time, bool wants_changes) {
  changes_.files.clear();
  changes_.folders = changes_.interrupted = changes_.all = false;
  const auto left = std::max(time, std::chrono::nanoseconds{0});
  const timespec limit{static_cast<time_t>(left.count() / 1'000'000'000),
                       static_cast<long>(left.count() % 1'000'000'000)};
  pollfd looked_at[2] = {{interrupts_.get(), POLLIN, 0}, {events_.get(), POLLIN, 0}};
  const auto count = static_cast<nfds_t>(wants_changes && events_ ? 2 : 1);
  if (::ppoll(looked_at, count, &limit, nullptr) <= 0) return changes_;
  changes_.interrupted = looked_at[0].revents != 0;
  if (count == 2 && looked_at[1].revents != 0) read_events();
  return changes_;
}

void change_watch::read_events() {
  alignas(inotify_event) char buffer[16 * 1024];
  const auto got = ::read(events_.get(), buffer, sizeof buffer);
  for (const char* at = buffer; got > 0 && at < buffer + got;) {
    inotify_event event{};
    std::memcpy(&event, at, sizeof event);
    at += sizeof event + event.len;
    const auto known = is_folder_.find(event.wd);
    if ((event.mask & IN_Q_OVERFLOW) != 0) changes_.all = changes_.folders = true;
    if (known == is_folder_.end()) continue;
    // A new name or fewer of them, of a file, is something of its folder.
    if (known->second || (event.mask & (IN_ATTRIB | IN_MOVE_SELF)) != 0) changes_.folders = true;
    if (!known->second) changes_.files.push_back(event.wd);
    if ((event.mask & IN_IGNORED) != 0) is_folder_.erase(known);
  }
}

void change_watch::interrupt() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(interrupts_.get(), &one, sizeof one);
}

}  // namespace tidegate::file_source
