// A folder in place of /proc or /sys, gone at the end of the test.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::testing {

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream from{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{from}, {}};
}

class made_up_folder {
 public:
  made_up_folder() {
    auto name = (std::filesystem::temp_directory_path() / "tidegate-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"cannot make a folder for the test"};
    path_ = name;
  }
  ~made_up_folder() { std::filesystem::remove_all(path_); }
  made_up_folder(const made_up_folder&) = delete;
  made_up_folder& operator=(const made_up_folder&) = delete;

  std::string path() const { return path_.string(); }
  std::string path(std::string_view name) const { return (path_ / name).string(); }

  // In place, as the kernel does: who has the file open reads the new text.
  void write(std::string_view name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream{path_ / name, std::ios::binary} << text;
  }

  // Makes the folder the same as another one: files in place, those that the other has not are removed.
  void become(const std::filesystem::path& other) const {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::recursive_directory_iterator{other})
      if (entry.is_regular_file())
        write(fs::relative(entry.path(), other).string(), content_of(entry.path()));
    std::vector<fs::path> surplus;
    for (const auto& entry : fs::recursive_directory_iterator{path_})
      if (!fs::exists(other / fs::relative(entry.path(), path_))) surplus.push_back(entry.path());
    for (const auto& path : surplus) fs::remove_all(path);
  }

 private:
  std::filesystem::path path_;
};

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator{"/proc/self/fd"}) ++count;
  return count;
}

}  // namespace tidegate::testing
