// tidegate spool ls: what waits for whom.
#include <cstdio>
#include <map>
#include <optional>

#include "cli/spool_commands.hpp"
#include "cli/table.hpp"
#include "config/json.hpp"
#include "spool/posix_folder.hpp"
#include "spool/salvage.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::cli {

namespace {

// The time of the first sample that waits and can be read.
std::optional<std::int64_t> oldest_waiting(const spool::inspection& in, const spool::inspected_route& route) {
  std::optional<std::int64_t> time;
  if (route.counted.waiting == 0) return time;
  spool::find_waiting(in, {&route}, [&](const spool::found_samples& found) {
    time = batch_view{found.block}[found.first].time();
    return false;
  });
  return time;
}

struct totals {
  std::map<spool::file_state, std::uint64_t> files;
  std::uint64_t bytes = 0;
  std::uint64_t used = 0;
};

totals total(const spool::inspection& in) {
  totals made;
  for (const auto& file : in.files) {
    ++made.files[file.state];
    made.bytes += file.bytes;
    made.used += file.end;
  }
  return made;
}

// What waits to be replayed below the spool; nothing if there is no such folder.
std::optional<std::uint64_t> dead_letters(const std::filesystem::path& path) {
  std::unique_ptr<spool::folder> folder;
  if (spool::open_posix_folder_to_read(path / "dead-letters", folder)) return std::nullopt;
  std::uint64_t waiting = 0;
  for (const auto& route : spool::inspect(*folder).routes) waiting += route.counted.waiting;
  return waiting;
}

template <class Take>
void for_each_reason(const ledger& of, Take take) {
  for (std::size_t index = 0; index < discard_reason_count; ++index)
    if (of.discarded_by[index] != 0)
      take(to_string(static_cast<discard_reason>(index)), of.discarded_by[index]);
}

// ---- for people

std::string discarded_text(const ledger& of) {
  auto text = std::to_string(of.discarded());
  std::string reasons;
  for_each_reason(of, [&](std::string_view reason, std::uint64_t count) {
    reasons += (reasons.empty() ? "" : ", ") + std::string{reason} + " " + std::to_string(count);
  });
  return reasons.empty() ? text : text + " (" + reasons + ")";
}

void print_routes(const spool::inspection& in) {
  using enum table::side;
  table all{{{"ROUTE"},
             {"WAITING", right},
             {"SIZE", right},
             {"OLDEST"},
             {"FLOOR", right},
             {"DELIVERED", right},
             {"DISCARDED"}}};
  for (const auto& route : in.routes) {
    const auto oldest = oldest_waiting(in, route);
    all.add({route.name(), std::to_string(route.counted.waiting), size_text(route.waiting_bytes),
             oldest ? time_text(*oldest) : "-", std::to_string(route.cursor.floor()),
             std::to_string(route.counted.delivered), discarded_text(route.counted)});
  }
  all.empty() ? static_cast<void>(std::puts("no routes")) : all.print();
}

void print_totals(const totals& all) {
  std::string text;
  for (const auto& [state, count] : all.files)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string{to_string(state)};
  std::printf("files: %s; %s, of which %s are used\n", text.c_str(), size_text(all.bytes).c_str(),
              size_text(all.used).c_str());
}

int print_for_people(const looked_at& at) {
  std::printf("%s%s\n\n", at.path.c_str(),
              at.holder.empty()
                  ? ""
                  : (", in use by " + at.holder + "; this is what it has written until now").c_str());
  print_routes(at.seen);
  std::puts("");
  print_totals(total(at.seen));
  if (const auto letters = dead_letters(at.path))
    std::printf("dead letters: %s; 'tidegate spool ls --path %s' shows them\n",
                count_text(*letters, "sample").c_str(), (at.path / "dead-letters").c_str());
  return exit_ok;
}

// ---- for programs

using config::json_text;

std::string route_json(const spool::inspection& in, const spool::inspected_route& route) {
  std::string reasons;
  for (std::size_t index = 0; index < discard_reason_count; ++index)
    reasons += (index == 0 ? "" : ",") + json_text(to_string(static_cast<discard_reason>(index))) + ":" +
               std::to_string(route.counted.discarded_by[index]);
  const auto oldest = oldest_waiting(in, route);
  return "{\"pipeline\":" + json_text(route.pipeline) + ",\"sink\":" + json_text(route.sink) +
         ",\"waiting\":" + std::to_string(route.counted.waiting) +
         ",\"waiting_bytes\":" + std::to_string(route.waiting_bytes) +
         ",\"oldest_waiting\":" + (oldest ? json_text(time_text(*oldest)) : "null") +
         ",\"floor\":" + std::to_string(route.cursor.floor()) +
         ",\"accepted\":" + std::to_string(route.counted.accepted) +
         ",\"delivered\":" + std::to_string(route.counted.delivered) + ",\"discarded\":{" + reasons + "}}";
}

int print_json(const looked_at& at) {
  std::string routes;
  for (const auto& route : at.seen.routes) routes += (routes.empty() ? "" : ",") + route_json(at.seen, route);
  const auto all = total(at.seen);
  std::string files;
  for (const auto& [state, count] : all.files)
    files += (files.empty() ? "" : ",") + json_text(to_string(state)) + ":" + std::to_string(count);
  const auto letters = dead_letters(at.path);
  std::printf(
      "{\"path\":%s,\"in_use_by\":%s,\"routes\":[%s],\"files\":{%s},\"bytes\":%llu,\"used_bytes\":%llu,"
      "\"dead_letters\":%s}\n",
      json_text(at.path.string()).c_str(), at.holder.empty() ? "null" : json_text(at.holder).c_str(),
      routes.c_str(), files.c_str(), static_cast<unsigned long long>(all.bytes),
      static_cast<unsigned long long>(all.used), letters ? std::to_string(*letters).c_str() : "null");
  return exit_ok;
}

}  // namespace

int spool_ls(const arguments& given) {
  int code = exit_ok;
  const auto at = look(given, code);
  if (at == nullptr) return code;
  return given.spool.json ? print_json(*at) : print_for_people(*at);
}

}  // namespace tidegate::cli
