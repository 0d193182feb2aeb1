// tidegate spool verify: whether everything can be read, and what it means where it cannot.
#include <algorithm>
#include <cstdio>

#include "cli/spool_commands.hpp"
#include "spool/verify.hpp"

namespace tidegate::cli {

namespace {

using spool::file_state;
using spool::record_type;

std::string bytes_at(std::uint64_t offset, std::uint64_t end) {
  return count_text(end - offset, "byte") + " at " + std::to_string(offset);
}

std::string text_of(const spool::bad_place& place, const spool::inspection& in) {
  if (!place.header) return " hold no record, though there was one";
  const auto& header = *place.header;
  if (header.type != record_type::data) return " cannot be read; they held no samples";
  return " cannot be read: " + count_text(header.samples, "sample") + " of " +
         in.pipeline_name(header.stream) + ", " +
         numbers_text({header.number, header.number + header.samples});
}

// What the gateway does not read, or cannot.
void print_others(const spool::inspection& in) {
  for (const auto& file : in.files) {
    const auto* name = file.name.c_str();
    if (file.error)
      std::printf("%s: cannot be read: %s\n", name, file.error.message().c_str());
    else if (file.state == file_state::unreadable)
      std::printf("%s: its header cannot be read, so no gateway will; 'tidegate spool export --all' may\n",
                  name);
    else if (file.state == file_state::quarantined)
      std::printf("%s: kept aside earlier; no part of the spool\n", name);
    else if (file.state == file_state::foreign)
      std::printf("%s: belongs to another spool; no part of this one\n", name);
    else if (file.state == file_state::copy)
      std::printf("%s: a copy of another file; no part of the spool\n", name);
    else if (file.state == file_state::newer)
      std::printf("%s: written by a later version (format %u, this one knows %u), and not looked at\n", name,
                  static_cast<unsigned>(file.header.version), static_cast<unsigned>(spool::format_version));
  }
}

bool has_damaged_file(const spool::inspection& in) {
  return std::any_of(in.files.begin(), in.files.end(),
                     [](const auto& file) { return file.error || file.state == file_state::unreadable; });
}

void print_damage(const spool::verification& found, const spool::inspection& in) {
  for (const auto& each : found.unreadable)
    std::printf("%s: the disk refuses to read a part of it: %s\n", each.file->name.c_str(),
                each.why.message().c_str());
  for (const auto& each : found.damaged)
    std::printf("%s: %s%s\n", each.file->name.c_str(), bytes_at(each.offset, each.end).c_str(),
                text_of(each, in).c_str());
  for (const auto& each : found.missing)
    std::printf("%s: %s %s missing at %llu\n", each.file->name.c_str(),
                count_text(each.count, "commit").c_str(), each.count == 1 ? "is" : "are",
                static_cast<unsigned long long>(each.offset));
}

// What looks odd, and has cost nothing that was promised.
void print_harmless(const spool::verification& found, const looked_at& at) {
  for (const auto& each : found.cut_off) {
    // Whoever holds the spool is writing there just now.
    if (!at.holder.empty() && each.file->state == file_state::open) continue;
    std::printf(
        "%s: what was written at %llu is not whole, as after a kill or a power cut; %s of it %s kept\n",
        each.file->name.c_str(), static_cast<unsigned long long>(each.offset),
        count_text(each.kept, "sample").c_str(), each.kept == 1 ? "is" : "are");
  }
  for (const auto& each : at.seen.unconfirmed)
    std::printf("%s: %s were cut off with it: numbers %s, which nobody was promised\n",
                at.seen.pipeline_name(each.stream).c_str(),
                count_text(each.numbers.end - each.numbers.first, "sample").c_str(),
                numbers_text(each.numbers).c_str());
  for (const auto& each : found.unneeded)
    std::printf("%s: %s cannot be read, but nobody waits for what was there\n", each.file->name.c_str(),
                count_text(each.places, "place").c_str());
}

void print_lost(const spool::verification& found) {
  constexpr std::size_t runs_shown = 8;
  for (const auto& each : found.lost) {
    std::string runs;
    for (std::size_t index = 0; index < std::min(runs_shown, each.runs.size()); ++index)
      runs += (index == 0 ? "" : ", ") + numbers_text(each.runs[index]);
    if (each.runs.size() > runs_shown)
      runs += " and " + std::to_string(each.runs.size() - runs_shown) + " more runs";
    std::printf("%s: %llu of %s that wait cannot be read any more: numbers %s\n", each.route->name().c_str(),
                static_cast<unsigned long long>(each.count),
                count_text(each.route->counted.waiting, "sample").c_str(), runs.c_str());
  }
}

}  // namespace

int spool_verify(const arguments& given) {
  int code = exit_ok;
  const auto at = look(given, code);
  if (at == nullptr) return code;
  const auto found = spool::verify(at->seen);
  print_others(at->seen);
  print_damage(found, at->seen);
  print_harmless(found, *at);
  print_lost(found);
  const auto read = "read " + count_text(found.segments, "segment") + " with " +
                    count_text(found.records, "record") + " and " + count_text(found.samples, "sample");
  if (!found.is_damaged() && !has_damaged_file(at->seen)) {
    std::printf("%s: ok: %s\n", at->path.c_str(), read.c_str());
    return exit_ok;
  }
  std::printf("%s: damaged: %s; nothing has to be mended, a gateway delivers what can be read\n",
              at->path.c_str(), read.c_str());
  return exit_damaged;
}

}  // namespace tidegate::cli
