#include "config/buffer_check.hpp"

#include <algorithm>
#include <cstdlib>

#include "config/instance_check.hpp"
#include "config/message.hpp"
#include "config/units.hpp"

namespace tidegate::config {

namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds window_min = std::chrono::milliseconds{1};
constexpr nanoseconds window_max = std::chrono::minutes{10};

when_full when_full_of(const std::string& text) {
  if (text == "drop_oldest") return when_full::drop_oldest;
  if (text == "drop_newest") return when_full::drop_newest;
  return text == "thin_out" ? when_full::thin_out : when_full::block;
}

// "is 'alwys'; did you mean 'always'?", "is '5': the unit is missing (write 5s?)"
std::string wrong_commit(const value& given, const std::string& problem) {
  const std::string wanted = "must be always, never, or a duration such as 1s; ";
  if (given.secret) return wanted + "this is not";
  const auto meant = nearest(given.text(), {"always", "never"});
  return wanted + "this is " + in_quotes(given.text()) +
         (meant.empty() ? ": " + problem : "; did you mean " + in_quotes(meant) + "?");
}

commit_rule check_commit(const value& given, const std::string& path, diagnostics& said) {
  commit_rule made;
  const auto text = text_of(given);
  if (text == "always" || text == "never") {
    made.when = text == "always" ? commit_rule::mode::always : commit_rule::mode::never;
    return made;
  }
  const auto window = parse_duration(text);
  if (!window.value) {
    said.error(given.where, path, wrong_commit(given, window.problem));
    return made;
  }
  made.window = nanoseconds{*window.value};
  if (made.window < window_min)
    said.error(given.where, path, "must be at least 1ms, or always; this is " + shown(text));
  if (made.window > window_max)
    said.error(given.where, path, "must be at most 10m, or never; this is " + shown(text));
  return made;
}

// systemd gives a list of folders, of which the first is ours.
std::filesystem::path default_path() {
  const char* given = std::getenv("STATE_DIRECTORY");
  if (given == nullptr || *given == '\0') return "/var/lib/tidegate/spool";
  const std::string_view folders{given};
  return std::filesystem::path{folders.substr(0, folders.find(':'))} / "spool";
}

std::optional<std::uint64_t> bytes_of(const value& from, std::string_view key) {
  const auto bytes = integer_of(from.find(key));
  return bytes ? std::optional{static_cast<std::uint64_t>(*bytes)} : std::nullopt;
}

}  // namespace

buffer check_buffer(const value* checked, const std::string& path, diagnostics& said) {
  buffer made;
  if (checked == nullptr || checked->is_null()) return made;
  if (const auto* type = checked->find("type"); type != nullptr && text_of(*type) == "disk") {
    made.type = buffer_type::disk;
    made.max_bytes = buffer::disk_bytes;
  }
  if (const auto* commit = checked->find("commit"); commit != nullptr && !commit->is_null())
    made.commit = check_commit(*commit, child_path(path, "commit"), said);
  if (const auto bytes = bytes_of(*checked, "max_size")) made.max_bytes = *bytes;
  made.max_samples = bytes_of(*checked, "max_samples");
  if (const auto age = integer_of(checked->find("max_age"))) made.max_age = nanoseconds{*age};
  if (const auto* full = checked->find("when_full")) made.when_full = when_full_of(text_of(*full));
  made.report_gaps = is_true(checked->find("report_gaps"));
  return made;
}

spool_options check_spool(const value* checked) {
  spool_options made;
  made.path = default_path();
  if (checked == nullptr || checked->is_null()) return made;
  if (const auto* path = checked->find("path"); path != nullptr && !path->is_null())
    made.path = text_of(*path);
  made.max_bytes = bytes_of(*checked, "max_size").value_or(made.max_bytes);
  made.min_free_bytes = bytes_of(*checked, "min_free").value_or(made.min_free_bytes);
  made.daily_write_budget = bytes_of(*checked, "daily_write_budget");
  return made;
}

// A batch is written once for all sinks of its pipeline, and the slowest of them keeps it.
void warn_of_small_spool(const gateway& of, const value* checked, diagnostics& said) {
  std::uint64_t together = 0;
  const pipeline* last = nullptr;
  for (const auto& each : of.pipelines) {
    if (each.buffer.type != buffer_type::disk) continue;
    last = &each;
    together += std::min(each.buffer.max_bytes, UINT64_MAX / 2 - together);
  }
  if (last == nullptr || together <= of.spool.max_bytes) return;
  const auto* limit = checked == nullptr ? nullptr : checked->find("max_size");
  const bool is_written = limit != nullptr && limit->where.line != 0;
  said.warning(
      is_written ? limit->where : last->where, "spool.max_size",
      "is " + format_size(static_cast<std::int64_t>(of.spool.max_bytes)) +
          ", less than the buffers on disk may hold together (" +
          format_size(static_cast<std::int64_t>(together)) +
          "); when it is full, the oldest samples of any of them make room; raise it, or lower their "
          "max_size");
}

}  // namespace tidegate::config
