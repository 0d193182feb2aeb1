// tidegate spool export [ROUTE] [--all]: the samples themselves.
#include <unistd.h>

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
  const std::vector<std::string> known{"ndjson", "json", "cbor", "cbor-seq", "csv", "line-protocol"};
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

// Before anything is looked for or replaced.
void refuse_terminal(const arguments& given, const std::string& type) {
  if (given.spool.output || type.find("cbor") != 0 || ::isatty(STDOUT_FILENO) == 0) return;
  throw usage_error{"export: " + type + " is not text, and standard output is a terminal; name a file with " +
                    "--output, or write into a pipe"};
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

// What stands around samples that become one array. How many come is not known beforehand.
struct array_marks {
  std::string_view begin;
  std::string_view before_first;
  std::string_view between;
  std::string_view end;
  std::string_view end_of_none;
};
constexpr array_marks json_marks{"[", "\n", ",\n", "\n]\n", "]\n"};  // a sample a line
constexpr array_marks cbor_marks{"\x9F", "", "", "\xFF", "\xFF"};    // of indefinite length: RFC 8949, 3.2.2

const array_marks* marks_of(std::string_view type) {
  return type == "json" ? &json_marks : type == "cbor" ? &cbor_marks : nullptr;
}

// Samples as a file of the encoding has them, or as one array.
class writer {
 public:
  // The encoder and the destination outlive it.
  writer(codec::encoder& with, const array_marks* array, destination& to)
      : encoder_{with}, array_{array}, to_{to} {
    std::string head;
    encoder_.preamble(head);
    to_.write(array_ != nullptr ? array_->begin : head);
  }

  bool write(const spool::found_samples& found) {
    const tidegate_slice slice{found.block, found.first, found.count};
    text_.clear();
    if (array_ != nullptr)
      add_one_by_one(slice);
    else
      encoder_.encode({&slice, 1}, 0, slice.count, text_);
    count_ += found.count;
    return to_.write(text_);
  }
  void finish() {
    if (array_ != nullptr) to_.write(count_ == 0 ? array_->end_of_none : array_->end);
  }
  std::uint64_t count() const noexcept { return count_; }

 private:
  void add_one_by_one(const tidegate_slice& slice) {
    for (std::uint32_t index = 0; index != slice.count; ++index) {
      text_ += count_ == 0 && index == 0 ? array_->before_first : array_->between;
      encoder_.encode({&slice, 1}, index, 1, text_);
    }
  }

  codec::encoder& encoder_;
  const array_marks* const array_;
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
  const auto type = given.spool.encoding.value_or("ndjson");
  const auto encoder = encoder_of(type);
  refuse_terminal(given, type);
  const auto at = look(given, code);
  if (at == nullptr) return code;
  const auto* route = given.operands.size() == 1 ? nullptr : &route_named(at->seen, given.operands[1]);
  destination to{given.spool.output};
  writer samples{*encoder, marks_of(type), to};
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
