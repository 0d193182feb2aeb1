// What lies in a spool's folder, as a gateway that starts now would understand it, for those who only look.
// Works on damaged folders, on those of other machines, and beside a gateway that is running.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "batch/ledger.hpp"
#include "spool/cursor.hpp"
#include "spool/folder.hpp"
#include "spool/format.hpp"
#include "spool/recovery.hpp"
#include "spool/walk.hpp"

namespace tidegate::spool {

enum class file_state {
  open,         // the newest segment, where writing goes on
  sealed,       // a full segment: what it holds stands at its end
  unsealed,     // one that must be read to know what it holds
  blank,        // written in advance and never used
  quarantined,  // kept aside earlier
  foreign,      // of another spool
  copy,         // another file is the same segment, with as much in it
  newer,        // of a later version of the format
  unreadable,   // none of these
};
std::string_view to_string(file_state state) noexcept;

struct inspected_file {
  std::string name;
  std::shared_ptr<tidegate::spool::file> file;  // null if it cannot be opened: see error
  file_state state = file_state::unreadable;
  segment_header header;  // where there is one
  std::uint64_t bytes = 0;
  std::uint64_t end = 0;            // of what it holds; known for segments of the spool, as are parts
  std::vector<segment_part> parts;  // ascending by stream
  std::error_code error;

  // Whether the gateway reads it.
  bool is_segment() const noexcept { return state <= file_state::unsealed; }
  bool has_header() const noexcept {
    return file != nullptr && header.generation != 0 && state != file_state::newer;
  }
  // Valid with a header.
  walk_options walking() const noexcept { return {id_seed(header.id), header.generation, bytes}; }
};

struct inspected_route {
  std::uint32_t id = 0;
  std::uint32_t stream = 0;
  std::string pipeline;
  std::string sink;
  tidegate::spool::cursor cursor;
  std::uint64_t next = 0;  // the number behind the pipeline's last sample
  tidegate::ledger counted;
  std::uint64_t waiting_bytes = 0;  // about

  std::string name() const { return pipeline + " -> " + sink; }
};

// A value, but for the open files.
struct inspection {
  // Why the folder cannot be looked at as a whole: it cannot be listed, or a file not be opened for a reason
  // that is not the disk's. Nothing else is set then but the files.
  std::string problem;
  bool found = false;  // there is a spool
  spool_id id{};
  std::vector<inspected_file> files;  // segments by age, then the others by name
  std::vector<stream_entry> streams;
  std::vector<inspected_route> routes;  // in the order of their names
  std::vector<recovered::hole> unconfirmed;

  // "telemetry", or "pipeline 3" if its name is not known.
  std::string pipeline_name(std::uint32_t stream) const;
};

// Only reads. Beside a gateway it is what the disk says at one moment, as long as the gateway needs less than
// ten segments while the headers are read.
inspection inspect(folder& files);

// Whether the file is still used as it was when it was looked at. A gateway that runs uses those again that
// nobody waits for.
bool is_unchanged(const inspected_file& of);

// Calls take(number_range) for each run in `range` that `of` has not settled.
template <class Take>
void for_each_unsettled(const cursor& of, const number_range& range, Take take) {
  for (auto first = of.unsettled_from(range.first); first < range.end;) {
    const auto end = of.unsettled_until(first, range.end);
    take(number_range{first, end});
    first = of.unsettled_from(end);
  }
}

}  // namespace tidegate::spool
