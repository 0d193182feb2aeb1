#include "spool/offline_log.hpp"

#include <algorithm>
#include <map>

namespace tidegate::spool {

namespace {

// What this folder was made with, as far as its files tell: the size that most of them have.
options options_of(const inspection& in, std::uint64_t more_bytes) {
  std::map<std::uint64_t, std::size_t> sizes;
  options made;
  made.max_bytes = 0;
  made.min_free_bytes = 0;
  for (const auto& file : in.files) {
    if (!file.is_segment() && file.state != file_state::blank) continue;
    ++sizes[file.bytes];
    made.max_bytes += file.bytes;
  }
  const auto usual = std::max_element(sizes.begin(), sizes.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (usual != sizes.end()) made.segment_bytes = static_cast<std::uint32_t>(usual->first);
  // Fewer and they would be made smaller.
  constexpr std::uint64_t segments_min = 4;
  made.max_bytes = std::max(made.max_bytes, segments_min * made.segment_bytes);
  // The last may be full, and one is kept in reserve.
  if (more_bytes != 0) made.max_bytes += (more_bytes / made.segment_bytes + 2) * made.segment_bytes;
  return made;
}

}  // namespace

offline_log::offline_log(folder& files, const inspection& in, std::uint64_t more_bytes,
                         const observe::clock& clock, observe::log& say)
    : clock_{clock}, log_{files, options_of(in, more_bytes), say} {}

std::string offline_log::open() {
  auto problem = log_.open(now());
  if (!problem.empty()) return problem;
  reader_limits keeping;
  keeping.when_full = when_full::block;
  for (const auto& each : log_.streams()) log_.stream(each->name, {});
  for (const auto& each : log_.readers()) log_.reader(*each->stream, each->name, keeping);
  return {};
}

log::reader_state* offline_log::reader_of(const inspected_route& route) const {
  for (const auto& each : log_.readers())
    if (each->id == route.id) return each.get();
  return nullptr;
}

bool offline_log::work() {
  log_.hurry();
  while (const auto job = log_.plan(now())) {
    job->run();
    log_.finish(*job, now());
  }
  return log_.is_clean();
}

std::string offline_log::why_not() const {
  const auto why = log_.status().degraded;
  return why.empty() ? "the spool has no room to note it" : why;
}

}  // namespace tidegate::spool
