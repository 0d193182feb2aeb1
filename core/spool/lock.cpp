#include "spool/lock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace tidegate::spool {

namespace {

constexpr const char* name = "lock";

std::string named(const std::string& process) {
  std::ifstream from{"/proc/" + process + "/comm"};
  std::string command;
  std::getline(from, command);
  return "process " + process + (command.empty() ? "" : " (" + command + ")");
}

// What the holder has written into the file.
long read_process(int file) {
  char text[32] = {};
  return ::pread(file, text, sizeof text - 1, 0) <= 0 ? 0 : std::strtol(text, nullptr, 10);
}

std::string read_holder(int file) {
  const auto process = read_process(file);
  return process <= 0 ? "another process" : named(std::to_string(process));
}

// Closed at the end.
struct lock_file {
  int number;
  ~lock_file() { ::close(number); }
};

// On a disk that cannot be written a lock file that is there will do: the lock is the kernel's.
int open_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (file >= 0 || errno != EROFS) return file;
  const int readable = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (readable < 0) errno = EROFS;
  return readable;
}

// Who asks for the holder has it for a moment; that is waited for.
bool take(int file) {
  constexpr int attempts = 10;
  constexpr int pause_milliseconds = 10;
  for (int each = 1; ::flock(file, LOCK_EX | LOCK_NB) < 0; ++each) {
    if (errno != EWOULDBLOCK) return false;
    if (each == attempts) return false;
    ::poll(nullptr, 0, pause_milliseconds);
  }
  return true;
}

std::string refusal(const std::filesystem::path& path, int file) {
  switch (const int cause = errno) {
    case EWOULDBLOCK:
      return path.parent_path().string() + " is in use by " + read_holder(file);
    case ENOLCK:
    case EOPNOTSUPP:
    case ENOSYS:
      return path.string() +
             " cannot be locked, since its file system has no locks (flock: " + std::strerror(cause) +
             "); choose a folder on a local disk";
    default:
      return path.string() + " cannot be locked: " + std::strerror(cause);
  }
}

}  // namespace

std::unique_ptr<lock> lock::acquire(const std::filesystem::path& folder, std::string& problem) {
  const auto path = folder / name;
  const int file = open_file(path);
  if (file < 0) {
    problem = path.string() + ": " + std::strerror(errno);
    return nullptr;
  }
  std::unique_ptr<lock> made{new lock{file}};
  if (!take(file)) {
    problem = refusal(path, file);
    return nullptr;
  }
  const auto process = std::to_string(::getpid()) + "\n";
  // Only for people.
  if (::ftruncate(file, 0) == 0) static_cast<void>(::pwrite(file, process.data(), process.size(), 0) < 0);
  return made;
}

// What `read` makes of the file while somebody holds it; else nothing.
template <class Read>
static auto of_holder(const std::filesystem::path& folder, Read read) -> decltype(read(0)) {
  const int file = ::open((folder / name).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const lock_file closed_at_end{file};
  if (::flock(file, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return read(file);
}

std::string lock::holder(const std::filesystem::path& folder) { return of_holder(folder, read_holder); }

long lock::holder_process(const std::filesystem::path& folder) {
  return std::max(0L, of_holder(folder, read_process));
}

lock::~lock() { ::close(file_); }

}  // namespace tidegate::spool
