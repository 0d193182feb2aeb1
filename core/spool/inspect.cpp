#include "spool/inspect.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "spool/read_only_folder.hpp"
#include "spool/segment.hpp"

namespace tidegate::spool {

namespace {

// What recovery says of a folder is for a gateway that starts; here the same is told in other words.
class silence final : public observe::log {
 public:
  void write(observe::level, std::string_view, std::string_view) override {}
  observe::level threshold() const override { return observe::level::error; }
};

// ---- The files ----------------------------------------------------------------------------------------

bool is_zero(const std::vector<std::byte>& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte each) { return each == std::byte{0}; });
}

file_state state_of(header_state of, const std::vector<std::byte>& block) {
  switch (of) {
    case header_state::ours:
      return file_state::unsealed;
    case header_state::newer:
      return file_state::newer;
    case header_state::blank:
      return file_state::blank;
    case header_state::unreadable:
      // One that a crash has cut off while it was made.
      return block.size() < block_bytes && is_zero(block) ? file_state::blank : file_state::unreadable;
  }
  return file_state::unreadable;
}

// From its first block alone; whether it is one of the spool's is not known yet.
inspected_file look_at(folder& files, const std::string& name) {
  inspected_file made;
  made.name = name;
  made.error = files.open(name, made.file);
  if (made.error) return made;
  std::vector<std::byte> block(block_bytes);
  std::size_t got = 0;
  made.error = made.file->size(made.bytes);
  if (!made.error) made.error = made.file->read(0, block, got);
  if (made.error) return made;
  block.resize(got);
  made.state = state_of(read_segment_header(block, made.header), block);
  if (name.ends_with(quarantine_suffix)) made.state = file_state::quarantined;
  return made;
}

std::vector<inspected_file> look_at_all(folder& files) {
  std::vector<std::string> names;
  std::vector<inspected_file> made;
  if (files.list(names)) return made;
  std::sort(names.begin(), names.end());
  for (const auto& name : names)
    if (name.ends_with(segment_suffix) || name.ends_with(quarantine_suffix))
      made.push_back(look_at(files, name));
  return made;
}

// Which file is what. A gateway may have changed that when it is looked at again.
using file_uses = std::vector<std::tuple<std::string, file_state, std::uint64_t>>;

file_uses uses_of(const std::vector<inspected_file>& files) {
  file_uses made;
  for (const auto& each : files) made.emplace_back(each.name, each.state, each.header.generation);
  return made;
}

void take_segment(inspected_file& into, const segment& from, bool is_newest) {
  into.file = from.file;
  into.end = from.end;
  into.parts = from.parts;
  std::sort(into.parts.begin(), into.parts.end(),
            [](const auto& a, const auto& b) { return a.stream < b.stream; });
  if (from.sealed) into.state = file_state::sealed;
  if (!from.sealed && is_newest) into.state = file_state::open;
}

void name_states(inspection& made, const recovered& from) {
  for (auto& each : made.files) {
    if (each.state != file_state::unsealed) continue;
    const auto used = std::find_if(from.segments.begin(), from.segments.end(),
                                   [&](const segment& other) { return other.name == each.name; });
    if (used != from.segments.end())
      take_segment(each, *used, used + 1 == from.segments.end());
    else
      each.state = each.header.id == from.id ? file_state::copy : file_state::foreign;
  }
  std::stable_sort(made.files.begin(), made.files.end(), [](const auto& a, const auto& b) {
    const auto rank = [](const inspected_file& of) {
      return std::tuple{!of.is_segment(), of.is_segment() ? of.header.generation : 0};
    };
    return rank(a) < rank(b);
  });
}

// ---- The routes ---------------------------------------------------------------------------------------

std::uint64_t waiting_bytes(const inspection& of, const inspected_route& route) {
  double bytes = 0;
  for (const auto& file : of.files)
    for (const auto& part : file.parts) {
      if (part.stream != route.stream || part.numbers.end == part.numbers.first) continue;
      std::uint64_t waiting = 0;
      for_each_unsettled(route.cursor, part.numbers,
                         [&](const number_range& run) { waiting += run.end - run.first; });
      const auto all = part.numbers.end - part.numbers.first;
      bytes += static_cast<double>(part.bytes) * static_cast<double>(waiting) / static_cast<double>(all);
    }
  return static_cast<std::uint64_t>(bytes);
}

void take_routes(inspection& made, const recovered& from) {
  for (const auto& reader : from.all.readers) {
    const auto stream = std::find_if(made.streams.begin(), made.streams.end(),
                                     [&](const auto& each) { return each.id == reader.stream; });
    if (stream == made.streams.end()) continue;
    auto& route = made.routes.emplace_back();
    route.id = reader.id;
    route.stream = reader.stream;
    route.pipeline = stream->name;
    route.sink = reader.name;
    route.cursor = cursor{reader};
    route.next = stream->next;
    for (const auto& hole : from.unconfirmed)
      if (hole.stream == route.stream)
        route.cursor.discard(hole.numbers.first, hole.numbers.end, discard_reason::unconfirmed);
    route.counted = route.cursor.ledger(route.next);
    route.waiting_bytes = waiting_bytes(made, route);
  }
  std::sort(made.routes.begin(), made.routes.end(), [](const auto& a, const auto& b) {
    return std::tie(a.pipeline, a.sink) < std::tie(b.pipeline, b.sink);
  });
}

}  // namespace

std::string_view to_string(file_state state) noexcept {
  constexpr std::array<std::string_view, 9> names{"open",    "sealed", "unsealed", "blank",     "quarantined",
                                                  "foreign", "copy",   "newer",    "unreadable"};
  return names[static_cast<std::size_t>(state)];
}

std::string inspection::pipeline_name(std::uint32_t stream) const {
  for (const auto& each : streams)
    if (each.id == stream) return each.name;
  return "pipeline " + std::to_string(stream);
}

inspection inspect(folder& files) {
  read_only_folder untouched{files};
  silence unheard;
  inspection made;
  recovered understood;
  constexpr int attempts_max = 10;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const auto before = uses_of(look_at_all(untouched));
    understood = recover(untouched, 0, unheard);
    made.files = look_at_all(untouched);
    if (understood.problem.empty() && uses_of(made.files) == before) break;
  }
  made.problem = understood.problem;
  made.found = understood.found;
  made.id = understood.id;
  name_states(made, understood);
  made.streams = std::move(understood.all.streams);
  take_routes(made, understood);
  made.unconfirmed = std::move(understood.unconfirmed);
  return made;
}

bool is_unchanged(const inspected_file& of) {
  std::vector<std::byte> block(block_bytes);
  std::size_t got = 0;
  segment_header header;
  if (of.file->read(0, block, got)) return true;  // no other use of it is known
  block.resize(got);
  return read_segment_header(block, header) != header_state::ours ||
         header.generation == of.header.generation;
}

}  // namespace tidegate::spool
