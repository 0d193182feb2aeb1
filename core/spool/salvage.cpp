#include "spool/salvage.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

namespace tidegate::spool {

namespace {

// Which numbers of which streams were found before: a segment that failed was written again to the next, and
// a copy of one holds the same.
class seen_numbers {
 public:
  // Calls take(run) for those that are new.
  template <class Take>
  void add(std::uint32_t seed, std::uint32_t stream, const number_range& range, Take take) {
    auto& known = known_[{seed, stream}];
    std::vector<number_range> fresh;
    for_each_unsettled(known, range, [&](const number_range& run) { fresh.push_back(run); });
    known.deliver(range.first, range.end);
    for (const auto& run : fresh) take(run);
  }

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, cursor> known_;
};

bool is_data(const stretch& of) {
  return of.what == stretch::kind::record && of.header.type == record_type::data;
}

number_range numbers_of(const record_header& of) { return {of.number, of.number + of.samples}; }

found_samples samples_of(const stretch& of, const number_range& run) {
  return {of.payload.data(), of.header.stream, of.header.number,
          static_cast<std::uint32_t>(run.first - of.header.number),
          static_cast<std::uint32_t>(run.end - run.first)};
}

// ---- What waits -----------------------------------------------------------------------------------------

// The runs in `range` that one of the routes has not settled.
template <class Take>
void for_each_waiting(const std::vector<const inspected_route*>& routes, std::uint32_t stream,
                      const number_range& range, Take take) {
  cursor wanted{range.first};
  for (const auto* route : routes) {
    if (route->stream != stream) continue;
    for_each_unsettled(route->cursor, range,
                       [&](const number_range& run) { wanted.deliver(run.first, run.end); });
  }
  auto first = range.first;
  for_each_unsettled(wanted, range, [&](const number_range& gap) {
    if (first < gap.first) take(number_range{first, gap.first});
    first = gap.end;
  });
  if (first < range.end) take(number_range{first, range.end});
}

bool is_wanted(const std::vector<const inspected_route*>& routes, const inspected_file& file) {
  bool wanted = false;
  for (const auto& part : file.parts)
    for_each_waiting(routes, part.stream, part.numbers, [&](const number_range&) { wanted = true; });
  return wanted;
}

std::uint64_t count_waiting(const inspection& in, const std::vector<const inspected_route*>& routes) {
  std::uint64_t count = 0;
  for (const auto& stream : in.streams)
    for_each_waiting(routes, stream.id, {0, stream.next},
                     [&](const number_range& run) { count += run.end - run.first; });
  return count;
}

// ---- All that there is ------------------------------------------------------------------------------------

// The newest generation of which the file has a record, for one whose header is gone.
std::optional<walk_options> find_use(const inspected_file& of, const std::vector<std::uint32_t>& seeds) {
  std::optional<walk_options> made;
  std::vector<std::byte> piece(64 * 1024 + sizeof(record_header));
  for (std::uint64_t offset = block_bytes; offset < of.bytes; offset += 64 * 1024) {
    std::size_t got = 0;
    if (of.file->read(offset, piece, got)) continue;
    for (std::size_t at = 0; at + sizeof(record_header) <= got; at += 8) {
      record_header header;
      std::memcpy(&header, piece.data() + at, sizeof header);
      for (const auto seed : seeds)
        if (header_holds(header, seed) && (!made || made->generation < header.generation))
          made = walk_options{seed, header.generation, of.bytes};
    }
  }
  return made;
}

std::vector<std::uint32_t> seeds_of(const inspection& in) {
  std::vector<std::uint32_t> made;
  for (const auto& file : in.files)
    if (file.has_header()) made.push_back(id_seed(file.header.id));
  std::sort(made.begin(), made.end());
  made.erase(std::unique(made.begin(), made.end()), made.end());
  return made;
}

}  // namespace

std::uint64_t find_waiting(const inspection& in, const std::vector<const inspected_route*>& routes,
                           const take_samples& take) {
  seen_numbers seen;
  bool wanted = true;
  auto missing = count_waiting(in, routes);
  for (const auto& file : in.files) {
    if (!wanted) break;
    if (!file.is_segment() || !is_wanted(routes, file)) continue;
    const auto options = file.walking();
    walk(*file.file, options, [&](const stretch& each) {
      if (!is_data(each)) return true;
      for_each_waiting(routes, each.header.stream, numbers_of(each.header), [&](const number_range& waiting) {
        seen.add(options.seed, each.header.stream, waiting, [&](const number_range& run) {
          missing -= run.end - run.first;
          wanted = wanted && take(samples_of(each, run));
        });
      });
      return wanted;
    });
  }
  return missing;
}

void find_all(const inspection& in, std::optional<std::uint32_t> stream, const take_samples& take) {
  const auto seeds = seeds_of(in);
  const auto own = id_seed(in.id);
  seen_numbers seen;
  bool wanted = true;
  for (const auto& file : in.files) {
    if (!wanted) return;
    if (file.file == nullptr || file.state == file_state::blank || file.state == file_state::newer) continue;
    const auto options = file.has_header() ? std::optional{file.walking()} : find_use(file, seeds);
    if (!options || (stream && options->seed != own)) continue;
    walk(*file.file, *options, [&](const stretch& each) {
      if (!is_data(each) || (stream && each.header.stream != *stream)) return true;
      seen.add(options->seed, each.header.stream, numbers_of(each.header),
               [&](const number_range& run) { wanted = wanted && take(samples_of(each, run)); });
      return wanted;
    });
  }
}

}  // namespace tidegate::spool
