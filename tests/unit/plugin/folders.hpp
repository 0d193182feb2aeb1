// Folders of plugins, made for one test.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace tidegate::plugin {

// A folder of its own below the system's temporary one; gone afterwards.
class temporary_folder {
 public:
  temporary_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tidegate-plugin-XXXXXX").string();
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

  // A built library (by the name of its file), under its own or another name.
  std::filesystem::path add(const std::filesystem::path& from, const std::string& as = {}) const {
    const auto to = path_ / (as.empty() ? from.filename().string() : as);
    std::filesystem::copy_file(from, to);
    mode(to, 0644);
    return to;
  }
  std::filesystem::path write(const std::string& name, const std::string& content) const {
    const auto to = path_ / name;
    std::ofstream{to, std::ios::binary} << content;
    mode(to, 0644);
    return to;
  }
  static void mode(const std::filesystem::path& path, mode_t mode) {
    if (::chmod(path.c_str(), mode) != 0) throw std::runtime_error{"chmod failed"};
  }

 private:
  std::filesystem::path path_;
};

inline std::filesystem::path built(const std::string& name) {
  return std::filesystem::path{TEST_PLUGINS} / name;
}

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

}  // namespace tidegate::plugin
