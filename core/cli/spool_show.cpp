// tidegate spool show [SEGMENT]: what lies in which file.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>

#include "cli/spool_commands.hpp"
#include "cli/table.hpp"
#include "config/message.hpp"

namespace tidegate::cli {

namespace {

using spool::record_type;
using spool::stretch;

// ---- all files

// Samples by stream. Of segments as the gateway knows them, of the others by reading them.
std::map<std::uint32_t, std::uint64_t> samples_in(const spool::inspected_file& file) {
  std::map<std::uint32_t, std::uint64_t> made;
  for (const auto& part : file.parts) made[part.stream] += part.numbers.end - part.numbers.first;
  if (file.is_segment() || !file.has_header()) return made;
  walk(*file.file, file.walking(), [&](const stretch& each) {
    if (each.what == stretch::kind::record && each.header.type == record_type::data)
      made[each.header.stream] += each.header.samples;
    return true;
  });
  return made;
}

std::string samples_text(const spool::inspection& in, const spool::inspected_file& file) {
  std::string text;
  const bool is_own = file.has_header() && file.header.id == in.id;
  for (const auto& [stream, count] : samples_in(file))
    text += (text.empty() ? "" : ", ") +
            (is_own ? in.pipeline_name(stream) : "pipeline " + std::to_string(stream)) + " " +
            std::to_string(count);
  return text.empty() ? "-" : text;
}

int show_all(const looked_at& at) {
  using enum table::side;
  table all{{{"FILE"}, {"GENERATION", right}, {"STATE"}, {"USED", right}, {"SIZE", right}, {"SAMPLES"}}};
  for (const auto& file : at.seen.files)
    all.add({file.name, file.has_header() ? std::to_string(file.header.generation) : "-",
             std::string{to_string(file.state)}, file.is_segment() ? size_text(file.end) : "-",
             size_text(file.bytes), samples_text(at.seen, file)});
  all.print();
  return exit_ok;
}

// ---- one of them

// Prints a line for each record, and for what ought to be one.
class record_printer {
 public:
  explicit record_printer(const spool::inspection& in) : in_{in} {}

  static void print_heads() { print("OFFSET", "BYTES", "TYPE", "NUMBER", "SAMPLES", "WHAT"); }

  void operator()(const stretch& each) const {
    const auto offset = std::to_string(each.offset);
    const auto bytes = std::to_string(each.end - each.offset);
    if (each.what == stretch::kind::no_record) return print(offset, bytes, "-", "", "", "no record");
    const auto type = std::string{name_of(each.header.type)};
    const bool has_number = each.header.type == record_type::data || each.header.type == record_type::commit;
    const auto number = has_number ? std::to_string(each.header.number) : "";
    const auto samples = each.header.type == record_type::data ? std::to_string(each.header.samples) : "";
    const bool whole = each.what == stretch::kind::record;
    print(offset, bytes, type, number, samples, whole ? text_of(each) : "damaged");
  }

 private:
  static void print(const std::string& offset, const std::string& bytes, const std::string& type,
                    const std::string& number, const std::string& samples, const std::string& what) {
    std::printf("%9s %9s  %-7s %10s %8s  %s\n", offset.c_str(), bytes.c_str(), type.c_str(), number.c_str(),
                samples.c_str(), what.c_str());
  }

  static std::string_view name_of(record_type type) {
    switch (type) {
      case record_type::data:
        return "data";
      case record_type::cursors:
        return "cursors";
      case record_type::gap:
        return "gap";
      case record_type::commit:
        return "commit";
      case record_type::seal:
        return "seal";
    }
    return "unknown";
  }

  std::string text_of(const stretch& each) const {
    switch (each.header.type) {
      case record_type::data:
        return in_.pipeline_name(each.header.stream);
      case record_type::cursors:
        return cursors_text(each);
      case record_type::gap:
        return gap_text(each);
      case record_type::commit:
        return commit_text(each);
      case record_type::seal:
        return seal_text(each);
    }
    return "of a later version";
  }

  static std::string cursors_text(const stretch& each) {
    const auto said = spool::decode_cursors(each.payload);
    if (!said) return "not understood";
    std::string text = said->complete ? "all" : "changed";
    for (const auto& reader : said->readers) {
      const auto stream = std::find_if(said->streams.begin(), said->streams.end(),
                                       [&](const auto& known) { return known.id == reader.stream; });
      text += (&reader == said->readers.data() ? ": " : ", ") +
              (stream == said->streams.end() ? "pipeline " + std::to_string(reader.stream) : stream->name) +
              " -> " + reader.name + " at " + std::to_string(reader.floor);
    }
    return text;
  }

  std::string gap_text(const stretch& each) const {
    const auto said = spool::decode_gap(each.payload);
    if (!said) return "not understood";
    const auto route = std::find_if(in_.routes.begin(), in_.routes.end(),
                                    [&](const auto& known) { return known.id == said->reader; });
    return (route == in_.routes.end() ? "route " + std::to_string(said->reader) : route->name()) + ": " +
           count_text(said->samples, "sample") + " of " + numbers_text(said->numbers) + " discarded, " +
           std::string{to_string(said->why)} + ", until " + time_text(said->last_utc);
  }

  static std::string commit_text(const stretch& each) {
    spool::commit_payload said;
    if (each.payload.size() != sizeof said) return "not understood";
    std::memcpy(&said, each.payload.data(), sizeof said);
    return count_text(each.header.samples, "record") + " from " + std::to_string(said.begin) + " on, " +
           time_text(said.utc);
  }

  static std::string seal_text(const stretch& each) {
    const auto said = spool::decode_seal(each.payload);
    return said ? "the records end at " + std::to_string(said->end) : "not understood";
  }

  const spool::inspection& in_;
};

std::string hexadecimal(const spool::spool_id& id) {
  std::string text;
  for (const auto byte : id) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(byte));
    text += digits;
  }
  return text;
}

int show_one(const looked_at& at, const std::string& name) {
  const auto& files = at.seen.files;
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const auto& file) { return file.name == name; });
  if (found == files.end()) {
    std::vector<std::string> names;
    for (const auto& file : files) names.push_back(file.name);
    throw usage_error{"there is no file " + config::in_quotes(name) + config::suggestion(name, names)};
  }
  std::printf("%s: %s, %s\n", found->name.c_str(), std::string{to_string(found->state)}.c_str(),
              size_text(found->bytes).c_str());
  if (!found->has_header()) return exit_ok;
  std::printf("generation %llu of spool %s, begun %s\n\n",
              static_cast<unsigned long long>(found->header.generation),
              hexadecimal(found->header.id).c_str(), time_text(found->header.created).c_str());
  record_printer::print_heads();
  const record_printer print{at.seen};
  const auto failed = walk(*found->file, found->walking(), [&](const stretch& each) {
    print(each);
    return true;
  });
  if (!failed) return exit_ok;
  std::fprintf(stderr, "tidegate: %s can be read in part only: %s\n", found->name.c_str(),
               failed.message().c_str());
  return exit_ok;
}

}  // namespace

int spool_show(const arguments& given) {
  int code = exit_ok;
  const auto at = look(given, code);
  if (at == nullptr) return code;
  return given.operands.size() == 1 ? show_all(*at) : show_one(*at, given.operands[1]);
}

}  // namespace tidegate::cli
