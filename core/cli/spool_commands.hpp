// The parts of `tidegate spool`: a function for each of its commands, in a file of its own, and what they
// share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cli/arguments.hpp"
#include "spool/inspect.hpp"
#include "spool/lock.hpp"

namespace tidegate::cli {

// A spool that a command looks at.
struct looked_at {
  std::filesystem::path path;
  std::string holder;  // who has it open: "process 4711 (tidegate)"; empty if nobody has
  std::unique_ptr<spool::folder> folder;
  spool::inspection seen;
};

// The spool that the command line means. Null if there is none or it cannot be read: that has been said, and
// `code` is what the program ends with.
std::unique_ptr<looked_at> look(const arguments& given, int& code);

// The folder with the lock that guards the spool in this one.
std::filesystem::path guarded_by(const std::filesystem::path& path);

// The route that is named; throws usage_error if there is none.
const spool::inspected_route& route_named(const spool::inspection& in, const std::string& name);

// For commands that change it: from here on the program acts as the owner of the folder, and no gateway can
// open the spool. Null if one has it, or that cannot be done: `problem` says who or why.
std::unique_ptr<spool::lock> lock_to_change(const std::filesystem::path& path, std::string& problem);

int spool_ls(const arguments& given);
int spool_show(const arguments& given);
int spool_verify(const arguments& given);
int spool_export(const arguments& given);
int spool_drop(const arguments& given);
int spool_replay(const arguments& given);

// ---- texts

// "2026-01-02T03:04:05.678Z"
std::string time_text(std::int64_t utc);
// "1.5MiB": three digits at most, for people.
std::string size_text(std::uint64_t bytes);
// "1 sample", "3 samples"
std::string count_text(std::uint64_t count, std::string_view what);
// "147", "120 to 147"
std::string numbers_text(const spool::number_range& numbers);

}  // namespace tidegate::cli
