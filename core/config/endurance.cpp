#include "config/endurance.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "config/inflow.hpp"
#include "config/message.hpp"
#include "config/units.hpp"

namespace tidegate::config {

namespace {

// A poll gives a sample with a few fields, and a batch of its own: so many bytes of the log.
constexpr double sample_bytes = 700;
// What every commit holds beside samples: its end, and the cursors.
constexpr double commit_bytes = 270;
constexpr double block_bytes = 4096;
// Cursors for which no samples come along are written after so many seconds.
constexpr double cursors_delay = 5;
constexpr double day = 86400;

std::string lasting(double seconds) {
  if (seconds >= 2 * day) return about(std::round(seconds / day)) + " days";
  if (seconds >= 2 * 3600) return about(std::round(seconds / 3600)) + " h";
  if (seconds >= 2 * 60) return about(std::round(seconds / 60)) + " min";
  return about(std::round(seconds)) + " s";
}

std::string size(std::uint64_t bytes) { return format_size(static_cast<std::int64_t>(bytes)); }

// What is written, in bytes a second.
struct wear {
  double samples = 0;  // while nothing is delivered
  double cursors = 0;  // in addition, while all is
  bool is_complete = true;
};

// A source that is polled, and into how many durable pipelines its samples go.
struct beat {
  double interval;
  int copies;
  double next;
};

// Takes what comes up to then.
double take_until(std::vector<beat>& sources, double end) {
  double samples = 0;
  for (auto& each : sources) {
    if (each.next > end) continue;
    const auto times = std::floor((end - each.next) / each.interval) + 1;
    samples += times * each.copies;
    each.next += times * each.interval;
  }
  return samples;
}

double next_of(const std::vector<beat>& sources) {
  auto next = HUGE_VAL;
  for (const auto& each : sources) next = std::min(next, each.next);
  return next;
}

// Commits, one after the other: each begins with a sample and takes what comes within its window. All sources
// begin together, as they do.
wear played_through(std::vector<beat> sources, double window) {
  constexpr int commits = 1000;
  wear made;
  if (sources.empty()) return made;
  const auto begin = next_of(sources);
  for (int commit = 0; commit < commits; ++commit) {
    const auto end = next_of(sources) + window;
    const auto samples = take_until(sources, end);
    made.samples += std::ceil((samples * sample_bytes + commit_bytes) / block_bytes) * block_bytes;
    if (next_of(sources) + window > end + cursors_delay) made.cursors += block_bytes;
  }
  const auto passed = next_of(sources) - begin;
  made.samples /= passed;
  made.cursors /= passed;
  return made;
}

// Durable pipelines that wait for a window share their commits; of the others each sample is one.
wear wear_of(const gateway& all) {
  std::map<std::string, int> together;
  std::map<std::string, int> alone;
  double window = HUGE_VAL;
  bool is_complete = true;
  for (const auto& each : all.pipelines) {
    if (each.buffer.type != buffer_type::disk) continue;
    const auto from = inflow_of(each, all);
    is_complete = is_complete && from.unknown.empty();
    const bool waits = each.buffer.commit.when == commit_rule::mode::window;
    if (waits) window = std::min(window, static_cast<double>(each.buffer.commit.window.count()) / 1e9);
    for (const auto& name : from.sources) ++(waits ? together : alone)[name];
  }
  const auto beats = [&](const std::map<std::string, int>& copies) {
    std::vector<beat> made;
    for (const auto& source : all.sources)
      if (const auto found = copies.find(source.name); found != copies.end() && interval_of(source) > 0)
        made.push_back({interval_of(source), found->second, interval_of(source)});
    return made;
  };
  const auto a = played_through(beats(together), window);
  const auto b = played_through(beats(alone), 0);
  return {a.samples + b.samples, a.cursors + b.cursors, is_complete};
}

double daily_bytes(const wear& of) { return (of.samples + of.cursors) * day; }

// The limit of size that is reached first, and when: "512MiB", after so many seconds.
struct reach {
  std::string limit;
  double seconds;
};

reach reach_of(const buffer& limits, double samples_per_second, const gateway& all) {
  reach first{size(limits.max_bytes),
              static_cast<double>(limits.max_bytes) / (samples_per_second * sample_bytes)};
  const auto compare = [&](std::string limit, double seconds) {
    if (seconds < first.seconds) first = {std::move(limit), seconds};
  };
  compare("the " + size(all.spool.max_bytes) + " of the spool",
          static_cast<double>(all.spool.max_bytes) / wear_of(all).samples);
  if (limits.max_samples)
    compare(std::to_string(*limits.max_samples) + " samples",
            static_cast<double>(*limits.max_samples) / samples_per_second);
  return first;
}

std::string line_of(const pipeline& of, const std::string& sink, const gateway& all) {
  const auto from = inflow_of(of, all);
  auto line = "pipeline " + of.name + " -> " + sink + ": ";
  if (from.samples_per_second <= 0)
    return line + "how long " + size(of.buffer.max_bytes) + " last offline depends on what " +
           givers(from.unknown);
  line += "at about " + about(from.samples_per_second) + " samples/s";
  if (from.is_sifted)
    line += " at most";
  else if (!of.process.empty())
    line += " before its steps";
  if (!from.unknown.empty()) line += " and what " + givers(from.unknown) + " besides";
  const auto first = reach_of(of.buffer, from.samples_per_second, all);
  if (const auto age = of.buffer.max_age; age && static_cast<double>(age->count()) / 1e9 < first.seconds)
    return line + ", max_age keeps the last " + format_duration(age->count()) + " offline";
  const auto how_exact = !from.unknown.empty() ? "less than " : from.is_sifted ? "at least " : "about ";
  return line + ", " + first.limit + " last " + how_exact + lasting(first.seconds) + " offline";
}

std::string rounded_size(double bytes) {
  return bytes < 1e8 ? about(bytes / 1e6) + " MB" : about(bytes / 1e9) + " GB";
}

}  // namespace

std::vector<std::string> endurance_lines(const gateway& of) {
  std::vector<std::string> lines;
  for (const auto& each : of.pipelines)
    if (each.buffer.type == buffer_type::disk)
      for (const auto& sink : each.to) lines.push_back(line_of(each, sink, of));
  const auto written = wear_of(of);
  if (written.samples > 0)
    lines.push_back("spool " + of.spool.path.string() + ": " +
                    (written.is_complete ? "about " : "more than ") + rounded_size(daily_bytes(written)) +
                    " a day are written");
  return lines;
}

void warn_of_wear(const gateway& of, const value* spool, diagnostics& said) {
  const auto bytes = daily_bytes(wear_of(of));
  if (!of.spool.daily_write_budget || bytes <= static_cast<double>(*of.spool.daily_write_budget)) return;
  said.warning(position_of(*spool, "daily_write_budget"), "spool.daily_write_budget",
               "about " + rounded_size(bytes) + " a day are written, more than " +
                   size(*of.spool.daily_write_budget) +
                   "; let commits be further apart (commit: 10s), or samples");
}

}  // namespace tidegate::config
