#include "plugin/state_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace tidegate::plugin {

namespace files = std::filesystem;

namespace {

constexpr std::size_t key_bytes_max = 64;

class descriptor_guard {
 public:
  explicit descriptor_guard(int number) noexcept : number_{number} {}
  descriptor_guard(const descriptor_guard&) = delete;
  descriptor_guard& operator=(const descriptor_guard&) = delete;
  ~descriptor_guard() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

 private:
  int number_;
};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Disks fill up and come back: every failure of the system may pass.
state_store::result failure(const char* what, const files::path& path, int error) {
  return {TIDEGATE_ERROR_TEMPORARY,
          std::string{"state: cannot "} + what + " " + path.string() + ": " + std::strerror(error)};
}

bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// A new name in a folder is safe once the folder is.
bool sync_folder(const files::path& folder) {
  const descriptor_guard opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return opened && ::fsync(opened.get()) == 0;
}

// The folder and what is missing above it, each safe on disk.
bool make_folder(const files::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(folder.parent_path());
  if (errno == EEXIST) return true;
  if (errno != ENOENT || folder.parent_path() == folder || !make_folder(folder.parent_path())) return false;
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(folder.parent_path());
  return errno == EEXIST;  // another instance, whose state is beside this one's, has made it meanwhile
}

}  // namespace

std::string file_name_of(std::string_view name) {
  static const char* const digits = "0123456789ABCDEF";
  std::string made;
  for (const char c : name) {
    if (is_plain(c)) {
      made += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      made += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return made;
}

state_store::result state_store::check(std::string_view key) const {
  if (key.empty() || key.size() > key_bytes_max ||
      !std::all_of(key.begin(), key.end(), [](char c) { return is_plain(c) || c == '.'; }) ||
      key.front() == '.')
    return {TIDEGATE_ERROR_BUG,
            "state: the key '" + std::string{key.substr(0, key_bytes_max)} +
                "' is not made of 1 to 64 letters, digits, '-', '_' and '.', the first no '.'"};
  if (folder_.empty())
    return {TIDEGATE_ERROR_PERMANENT, "state: the gateway has no folder for it; set gateway.state_path"};
  return {};
}

state_store::result state_store::load(std::string_view key, std::string& value) const {
  value.clear();
  if (auto wrong = check(key); wrong.status != TIDEGATE_OK) return wrong;
  const auto path = folder_ / key;
  const std::lock_guard lock{mutex_};
  const descriptor_guard opened{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!opened) return errno == ENOENT ? result{} : failure("open", path, errno);
  value.resize(value_bytes_max + 1);
  std::size_t length = 0;
  while (length < value.size()) {
    const auto got = ::read(opened.get(), value.data() + length, value.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("read", path, errno);
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  if (length > value_bytes_max)
    return {TIDEGATE_ERROR_PERMANENT,
            "state: " + path.string() + " is larger than 64 KiB, which was not stored here; remove it"};
  value.resize(length);
  return {};
}

state_store::result state_store::store(std::string_view key, std::string_view value) {
  if (auto wrong = check(key); wrong.status != TIDEGATE_OK) return wrong;
  if (value.size() > value_bytes_max)
    return {TIDEGATE_ERROR_BUG, "state: the value of '" + std::string{key} + "' has " +
                                    std::to_string(value.size()) + " bytes, where at most 65536 are allowed"};
  const std::lock_guard lock{mutex_};
  if (!make_folder(folder_)) return failure("make", folder_, errno);
  // No key begins with a dot: a file that a crash left here is no value, and is overwritten next time.
  const auto fresh = folder_ / ("." + std::string{key} + ".new");
  const auto path = folder_ / key;
  const descriptor_guard opened{
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!opened) return failure("make", fresh, errno);
  if (!write_all(opened.get(), value)) return failure("write", fresh, errno);
  if (::fsync(opened.get()) != 0) return failure("write", fresh, errno);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failure("replace", path, errno);
  if (!sync_folder(folder_)) return failure("write", folder_, errno);
  return {};
}

}  // namespace tidegate::plugin
