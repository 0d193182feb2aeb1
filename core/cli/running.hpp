// What a gateway that runs tells of itself to `tidegate reload`: a file `running` in the folder of its state,
// beside a lock that it holds as long as it lives.
//
//   tidegate 1
//   process 4711
//   reload 3 done                     how many have begun, and how the last one ended, or `under-way`
//   said 1 changed (sink a), 3 kept   what was said of it, a line each
//   instance 9a3f... sink archive     what runs, by its short identity
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/difference.hpp"
#include "spool/lock.hpp"

namespace tidegate::cli {

struct running_record {
  long process = 0;
  std::uint64_t reloads = 0;
  std::string state = "done";  // done, refused, under-way
  std::vector<std::string> said;
  config::identities instances;  // short ones
};

// Nothing if there is none, or it is none of this version.
std::optional<running_record> read_running(const std::filesystem::path& state);

// The short identities of a configuration, and those of its settings that no reload changes: "setting
// gateway.id".
config::identities short_identities(const config::gateway& of);

// The gateway's side. One thread at a time.
class running_file {
 public:
  // Makes the folder if the one above it is there. Where it cannot be written, or another gateway has it,
  // nothing is told: the gateway runs all the same, and SIGHUP reaches it.
  explicit running_file(std::filesystem::path state);
  ~running_file();
  running_file(const running_file&) = delete;
  running_file& operator=(const running_file&) = delete;

  void runs(config::identities instances);
  void reload_begins();
  void reload_ends(bool is_done, std::vector<std::string> said);

 private:
  void write() const;

  const std::filesystem::path folder_;
  std::unique_ptr<spool::lock> lock_;
  running_record record_;
};

}  // namespace tidegate::cli
