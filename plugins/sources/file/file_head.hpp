// What tells a file from another one that has its number: the bytes it begins with.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::file_source {

// What a file is to the kernel. Numbers of files are used again, often at once.
struct file_identity {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  friend auto operator<=>(const file_identity&, const file_identity&) = default;
};

// The first bytes of a file that only grows never change.
inline constexpr std::size_t head_bytes_max = 1024;

// Of so many of them, FNV-1a.
std::uint64_t head_hash(std::string_view bytes) noexcept;

enum class likeness {
  same,
  other,
  unknown,  // it could not be read; errno says why
};

// Of one file that is open; one thread at a time.
class file_head {
 public:
  // Nothing: it cannot be read, and errno says why.
  static std::optional<file_head> of(int file);

  // Whether the file still begins as it did when this was called last. Learns what has come since.
  likeness compare(int file);
  // The hash of the first `length` bytes, which have been seen.
  std::uint64_t hash(std::size_t length) const noexcept;
  std::size_t length() const noexcept { return bytes_.size(); }
  // Whether the hash of its first `length` bytes is that.
  bool begins_with(std::size_t length, std::uint64_t wanted) const noexcept;

 private:
  std::string bytes_;
};

}  // namespace tidegate::file_source
