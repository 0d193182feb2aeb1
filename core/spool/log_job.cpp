// What a job does to the folder.
#include <algorithm>
#include <array>
#include <cstdio>

#include "spool/crash_point.hpp"
#include "spool/log.hpp"

namespace tidegate::spool {

namespace {

std::error_code make(std::errc what) { return std::make_error_code(what); }

std::string segment_name(std::uint64_t number) {
  char text[40];
  std::snprintf(text, sizeof text, "segment-%06llu%s", static_cast<unsigned long long>(number),
                std::string{segment_suffix}.c_str());
  return text;
}

std::error_code write_zeros(file& to, std::uint64_t bytes) {
  static constexpr std::array<std::byte, 64 * 1024> zeros{};
  for (std::uint64_t offset = 0; offset < bytes; offset += zeros.size()) {
    const iovec part{const_cast<std::byte*>(zeros.data()),
                     static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), bytes - offset))};
    if (const auto failed = to.write(offset, {&part, 1})) return failed;
  }
  return {};
}

}  // namespace

void log::job::run() {
  switch (what) {
    case kind::write:
      return write();
    case kind::open:
      return open();
    case kind::seal:
      return seal();
    case kind::blank:
      return make_blank();
    case kind::dispose:
      return dispose();
  }
}

void log::job::write() {
  if (!records.empty()) {
    crash_point("before-write");
    bytes = records.bytes();
    failed = target.file->write(place.offset, records.finish(place));
    crash_point("after-write");
  }
  if (!failed && sync) {
    failed = target.file->sync();
    crash_point(has_cursors ? "after-sync-of-cursors" : "after-sync");
  }
}

void log::job::open() {
  std::vector<iovec> parts{{header_block.data(), header_block.size()}};
  const auto& first = records.finish(place);
  parts.insert(parts.end(), first.begin(), first.end());
  auto behind = place;
  behind.offset += records.bytes();
  const auto& second = copy.finish(behind);
  parts.insert(parts.end(), second.begin(), second.end());
  bytes = header_block.size() + records.bytes() + copy.bytes();
  crash_point("before-open");
  failed = target.file->write(0, parts);
  crash_point("after-open-write");
  if (!failed) failed = target.file->sync();
  crash_point("after-open");
}

// The seal's record alone, then the trailer: no commit, since its place is found from the end.
void log::job::seal() {
  bytes = header_block.size();
  const iovec part{header_block.data(), header_block.size()};
  crash_point("before-seal");
  failed = target.file->write(place.offset, {&part, 1});
  crash_point("after-seal-write");
  if (!failed) failed = target.file->sync();
  crash_point("after-seal");
}

void log::job::make_blank() {
  std::uint64_t left = 0;
  failed = files->free_space(left);
  if (!failed && left < min_free_bytes + target.bytes) failed = make(std::errc::no_space_on_device);
  if (failed) return;
  do {
    target.name = segment_name(name_number++);
    failed = files->create(target.name, target.file);
  } while (failed == std::errc::file_exists);
  if (failed) return;
  crash_point("after-create");
  failed = write_zeros(*target.file, target.bytes);
  if (!failed) failed = target.file->sync();
  if (!failed) failed = files->sync();
  bytes = target.bytes;
  crash_point("after-blank");
  // What is left of it takes the room that is missing.
  if (failed) files->remove(target.name);
}

void log::job::dispose() {
  crash_point("before-dispose");
  for (const auto& each : disposed) {
    const auto gone = each.damaged ? files->rename(each.name, quarantine_name(*files, each.name))
                                   : files->remove(each.name);
    if (gone) failed = gone;
  }
  if (!failed) failed = files->sync();
}

}  // namespace tidegate::spool
