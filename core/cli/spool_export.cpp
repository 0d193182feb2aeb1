// tidegate spool export [ROUTE] [--all]: the samples themselves.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cli/spool_commands.hpp"
#include "codec/encoder.hpp"
#include "config/message.hpp"
#include "spool/salvage.hpp"

namespace tidegate::cli {

namespace {

std::unique_ptr<codec::encoder> encoder_of(const std::string& type) {
  const std::vector<std::string> known{"ndjson", "json", "csv", "line-protocol"};
  if (std::find(known.begin(), known.end(), type) == known.end())
    throw usage_error{"export: --encoding " + config::in_quotes(type) + " is not one of " +
                      config::listed(known) + config::suggestion(type, known)};
  tidegate_value text_of_type{};
  text_of_type.type = TIDEGATE_TYPE_STRING;
  text_of_type.as.text = text(type);
  const tidegate_entry entry{text("type"), text_of_type};
  tidegate_value encoding{};
  encoding.type = TIDEGATE_TYPE_MAP;
  encoding.count = 1;
  encoding.as.entries = &entry;
  return codec::make_encoder(options{encoding});
}

// Standard output, or a file that is closed by the destructor.
class destination {
 public:
  explicit destination(const std::optional<std::filesystem::path>& path)
      : name_{path ? path->string() : "standard output"},
        file_{path ? std::fopen(path->c_str(), "wb") : stdout} {
    note(file_ != nullptr);
  }
  ~destination() { close(); }
  destination(const destination&) = delete;
  destination& operator=(const destination&) = delete;

  bool write(std::string_view bytes) {
    if (problem_.empty()) note(std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size());
    return problem_.empty();
  }
  void close() {
    if (file_ == nullptr) return;
    auto* closing = std::exchange(file_, nullptr);
    note((closing == stdout ? std::fflush(closing) : std::fclose(closing)) == 0);
  }
  // "out.csv: No space left on device"; empty if all went well.
  const std::string& problem() const noexcept { return problem_; }

 private:
  void note(bool done) {
    if (!done && problem_.empty()) problem_ = name_ + ": " + std::strerror(errno);
  }

  const std::string name_;
  std::FILE* file_;
  std::string problem_;
};

// Samples as a file of the encoding has them; JSON as one array, a sample a line.
class writer {
 public:
  // The encoder and the destination outlive it.
  writer(codec::encoder& with, bool is_array, destination& to)
      : encoder_{with}, is_array_{is_array}, to_{to} {
    std::string head;
    encoder_.preamble(head);
    to_.write(is_array_ ? "[" : head);
  }

  bool write(const spool::found_samples& found) {
    const tidegate_slice slice{found.block, found.first, found.count};
    text_.clear();
    if (is_array_)
      add_one_by_one(slice);
    else
      encoder_.encode({&slice, 1}, 0, slice.count, text_);
    count_ += found.count;
    return to_.write(text_);
  }
  void finish() {
    if (is_array_) to_.write(count_ == 0 ? "]\n" : "\n]\n");
  }
  std::uint64_t count() const noexcept { return count_; }

 private:
  void add_one_by_one(const tidegate_slice& slice) {
    for (std::uint32_t index = 0; index != slice.count; ++index) {
      text_ += count_ == 0 && index == 0 ? "\n" : ",\n";
      encoder_.encode({&slice, 1}, index, 1, text_);
    }
  }

  codec::encoder& encoder_;
  const bool is_array_;
  destination& to_;
  std::string text_;
  std::uint64_t count_ = 0;
};

// How many samples wait and were not found.
std::uint64_t write_chosen(const spool::inspection& in, const spool::inspected_route* route, bool all,
                           writer& into) {
  const auto take = [&](const spool::found_samples& found) { return into.write(found); };
  if (all) {
    spool::find_all(in, route == nullptr ? std::nullopt : std::optional{route->stream}, take);
    return 0;
  }
  std::vector<const spool::inspected_route*> routes;
  for (const auto& each : in.routes)
    if (route == nullptr || route == &each) routes.push_back(&each);
  return spool::find_waiting(in, routes, take);
}

}  // namespace

int spool_export(const arguments& given) {
  int code = exit_ok;
  const auto at = look(given, code);
  if (at == nullptr) return code;
  const auto type = given.spool.encoding.value_or("ndjson");
  const auto* route = given.operands.size() == 1 ? nullptr : &route_named(at->seen, given.operands[1]);
  const auto encoder = encoder_of(type);
  destination to{given.spool.output};
  writer samples{*encoder, type == "json", to};
  const auto missing = write_chosen(at->seen, route, given.spool.all, samples);
  samples.finish();
  to.close();
  if (!to.problem().empty()) {
    std::fprintf(stderr, "tidegate: %s; the export is not complete\n", to.problem().c_str());
    return exit_unavailable;
  }
  if (given.spool.output)
    std::printf("%s in %s\n", count_text(samples.count(), "sample").c_str(), given.spool.output->c_str());
  // A gateway that runs delivers meanwhile what was looked for.
  if (missing != 0 && at->holder.empty())
    std::fprintf(stderr,
                 "tidegate: %s that wait%s cannot be read any more and %s not in it; 'tidegate spool verify' "
                 "tells why\n",
                 count_text(missing, "sample").c_str(), missing == 1 ? "s" : "", missing == 1 ? "is" : "are");
  return exit_ok;
}

}  // namespace tidegate::cli
