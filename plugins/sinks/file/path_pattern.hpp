// The names of a sink's files: which file to write at a moment, how a file is named when it is rotated
// away, and whether a file that lies about is one of this sink's.
//
//   /var/lib/archive/%Y/data-%m-%d.ndjson                               written now
//   /var/lib/archive/%Y/data-%m-%d.20261123T030508Z.ndjson              rotated away at that time (UTC)
//   /var/lib/archive/%Y/data-%m-%d.20261123T030508Z-1.ndjson            a second one in the same second
//   each with .gz or .zst                                               compressed
//   each of these with .part                                            being compressed
//
// All conversions that are allowed have a fixed width, so that a name either is one of these or is not:
// retention deletes nothing that it cannot read back completely. A value; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar.hpp"

namespace tidegate::file_sink {

enum class compression { none, gzip, zstd };

// ".gz", ".zst" or nothing.
std::string_view suffix(compression how);
constexpr std::string_view partial_suffix = ".part";

// What the name of one of the sink's files says of it.
struct own_name {
  bool stamped = false;  // rotated away
  compression how = compression::none;
  bool partial = false;  // left over from a compression that did not end
};

class path_pattern {
 public:
  // Throws tidegate::error of class configuration, naming the option `path`.
  path_pattern(std::string_view text, zone in);

  // The file to write at this time (UTC, nanoseconds).
  std::string at(std::int64_t now) const;
  // Whether the name depends on the time.
  bool changes() const { return changes_; }

  // The deepest folder that does not depend on the time, and how many levels below it the files lie
  // (1: in it).
  const std::string& fixed_folder() const { return fixed_folder_; }
  std::size_t levels() const { return levels_.size(); }

  // Whether a folder that many levels below fixed_folder() can hold files of this sink; `relative` has
  // the levels, without a leading slash.
  bool is_own_folder(std::string_view relative) const;
  // What a file is by its name, or nothing if it is not one of this sink's.
  std::optional<own_name> recognise(std::string_view relative) const;

  // The name for a file that is rotated away at this time. `attempt` tells apart those that would have the
  // same.
  std::string stamped(std::string_view path, std::int64_t now, unsigned attempt) const;

 private:
  struct token {
    char conversion;      // 0: a literal
    std::string literal;  // as it stands in the name
  };
  using level = std::vector<token>;
  struct reader;

  static level tokens_of(std::string_view text);
  level parse_level(std::string_view text);

  zone zone_;
  std::string fixed_folder_;
  std::vector<level> levels_;  // folders below the fixed one, and last the name without its extension
  std::string extension_;      // ".ndjson", literal
  bool changes_ = false;
};

}  // namespace tidegate::file_sink
