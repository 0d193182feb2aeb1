// What tests of folders share: bytes from text and back, and a place on the real disk.
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "spool/folder.hpp"

namespace tidegate::spool {

inline std::error_code write_text(file& to, std::uint64_t offset, const std::string& text) {
  const iovec part{const_cast<char*>(text.data()), text.size()};
  return to.write(offset, {&part, 1});
}

inline std::string read_text(const file& from, std::uint64_t offset = 0, std::size_t bytes = 1 << 20) {
  std::string text(bytes, '\0');
  std::size_t got = 0;
  if (const auto failed = from.read(offset, std::as_writable_bytes(std::span{text}), got))
    return "error: " + failed.message();
  text.resize(got);
  return text;
}

inline std::uint64_t size_of(const file& of) {
  std::uint64_t bytes = 0;
  return of.size(bytes) ? UINT64_MAX : bytes;
}

// Below the system's temporary one; gone afterwards.
class temporary_folder {
 public:
  temporary_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "tidegate-spool-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp failed"};
    path_ = std::filesystem::canonical(pattern);
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace tidegate::spool
