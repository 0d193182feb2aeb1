// Finds the files that are meant.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "file_head.hpp"

namespace tidegate::file_source {

struct found_file {
  std::string path;
  file_identity identity;
  std::uint64_t size = 0;
  std::int64_t written_at = 0;  // UTC in ns
};

// Immutable.
class file_search {
 public:
  // Patterns of paths as shells have them; and those of what is left out: with a slash they are compared with
  // the path, without one with the last part of it.
  file_search(std::vector<std::string> paths, std::vector<std::string> exclude);

  // Regular files, each once; in the order of the patterns, and of names within one. What cannot be looked
  // at, such as a folder without permission, is told in `problem`.
  std::vector<found_file> find(std::string& problem) const;
  // Whether the path is known to be the file no longer. What keeps it from being known is told in `problem`.
  static bool is_gone(const std::string& path, file_identity identity, std::string& problem);
  // The folders that there are of those in which files of the patterns lie.
  std::vector<std::string> folders() const;
  // Whatever bears one of these numbers in them, on any device: where a file is that was given another name.
  std::vector<found_file> find_in_folders(const std::set<std::uint64_t>& numbers, std::string& problem) const;

 private:
  bool is_excluded(const std::string& path) const;

  std::vector<std::string> paths_;
  std::vector<std::string> exclude_;
};

}  // namespace tidegate::file_source
