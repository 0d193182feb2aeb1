// What is known of files over restarts: up to where each was read, as one text in the state of the instance.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "file_head.hpp"

namespace tidegate::file_source {

struct remembered_file {
  file_identity identity;
  std::uint64_t offset = 0;
  std::uint32_t head_length = 0;
  std::uint64_t head_hash = 0;
  // It had been read to its end and was gone from where it is looked for; or it is nowhere to be found.
  bool is_finished = false;
};

// One thread at a time. The newest is the last.
class remembered_files {
 public:
  // What fits into a value of the state, 64 KiB.
  static constexpr std::size_t files_max = 880;

  // What to_text() made; empty is none. What is not understood is left out, and `is_understood` false.
  static remembered_files from_text(std::string_view text, bool& is_understood);
  std::string to_text() const;

  // The newest that has this number and begins in this way, which bears the identity from now on and is the
  // only one that does; null if it is none. `others` are there, too, and are not taken for it. The devices of
  // a machine may be numbered anew when it starts.
  const remembered_file* recognise(file_identity identity, const file_head& head,
                                   const std::set<file_identity>& others);
  // As the newest, in place of the one with its identity. If there are too many, the oldest is forgotten,
  // finished ones first.
  void put(const remembered_file& what);
  // It is nowhere to be found.
  void give_up(file_identity identity);
  void forget(file_identity identity);
  const std::vector<remembered_file>& all() const noexcept { return files_; }

 private:
  std::vector<remembered_file> files_;
};

}  // namespace tidegate::file_source
