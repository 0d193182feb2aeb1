// What an instance must remember over restarts: a small file for each key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "tidegate/abi.h"

namespace tidegate::plugin {

// The folder is made with the first value that is stored. Any thread.
class state_store {
 public:
  static constexpr std::uint32_t value_bytes_max = 64 * 1024;

  // An empty folder: there is none, and nothing can be stored.
  explicit state_store(std::filesystem::path folder) : folder_{std::move(folder)} {}

  // Status and, unless it is TIDEGATE_OK, what is wrong and what to do.
  struct result {
    tidegate_status status = TIDEGATE_OK;
    std::string text;
  };
  // Empty and TIDEGATE_OK if the key was never stored.
  result load(std::string_view key, std::string& value) const;
  // The old value or the new one is on disk at any moment; the new one when it returned.
  result store(std::string_view key, std::string_view value);

 private:
  result check(std::string_view key) const;

  std::filesystem::path folder_;
  mutable std::mutex mutex_;
};

// A name as part of a path: whatever is not a letter, a digit, '-' or '_' is written as %2F, so that no two
// names meet and none leads elsewhere.
std::string file_name_of(std::string_view name);

}  // namespace tidegate::plugin
