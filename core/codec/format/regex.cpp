// A text that a regular expression takes apart: each named group is a value.
//
// By RE2, whose time is linear in the text, whatever the pattern is: neither a pattern nor a device can make
// the source hang. This is the one file that knows it.
#include <re2/re2.h>

#include <map>
#include <utility>

#include "codec/format/formats.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

constexpr std::int64_t compiled_bytes_max = 8 * 1024 * 1024;
constexpr int groups_max = 256;

struct group {
  int number;
  target to;
};

struct regex_settings {
  std::unique_ptr<re2::RE2> pattern;
  std::vector<group> groups;  // those with a name, as they stand in the pattern
};

class regex_reader final : public frame_reader {
 public:
  regex_reader(const regex_settings& with, sample_maker& to, fault_ledger& faults)
      : settings_{with},
        to_{to},
        faults_{faults},
        found_(static_cast<std::size_t>(with.pattern->NumberOfCapturingGroups()) + 1) {}

  void read(std::string_view frame, std::int64_t arrival) override {
    if (!settings_.pattern->Match({frame.data(), frame.size()}, 0, frame.size(), re2::RE2::UNANCHORED,
                                  found_.data(), static_cast<int>(found_.size())))
      return faults_.add(fault::syntax, "the pattern does not fit", frame);
    to_.begin(arrival);
    for (const auto& [number, target] : settings_.groups) {
      const auto& text = found_[static_cast<std::size_t>(number)];
      to_.text(target, {text.data(), text.size()});
    }
    to_.finish(frame);
  }

 private:
  const regex_settings& settings_;
  sample_maker& to_;
  fault_ledger& faults_;
  std::vector<re2::StringPiece> found_;
};

class regex_plan final : public format_plan {
 public:
  regex_plan(const options& format, std::string_view default_name) : format_plan{format, default_name} {
    const auto pattern = text_or(format, "pattern", "");
    if (pattern.empty())
      throw configuration_error("pattern",
                                "is missing; write one with named groups: T=(?P<temperature>[-0-9.]+)");
    re2::RE2::Options with;
    with.set_log_errors(false);
    with.set_max_mem(compiled_bytes_max);
    settings_.pattern = std::make_unique<re2::RE2>(pattern, with);
    if (!settings_.pattern->ok())
      throw configuration_error("pattern", "cannot be understood: " + settings_.pattern->error());
    if (settings_.pattern->NumberOfCapturingGroups() > groups_max)
      throw configuration_error("pattern", "has more than 256 groups");
    for (const auto& [number, name] : settings_.pattern->CapturingGroupNames())
      settings_.groups.push_back({number, mapping_.of(name)});
    if (settings_.groups.empty())
      throw configuration_error("pattern", "has no named group, such as (?P<temperature>[-0-9.]+)");
    const auto& names = settings_.pattern->NamedCapturingGroups();
    mapping_.check_sources([&](const std::string& name) { return names.contains(name); });
  }
  std::unique_ptr<frame_reader> open(sample_maker& to, fault_ledger& faults) const override {
    return std::make_unique<regex_reader>(settings_, to, faults);
  }

 private:
  regex_settings settings_;
};

}  // namespace

std::unique_ptr<const format_plan> make_regex_format(const options& format, std::string_view default_name) {
  return std::make_unique<regex_plan>(format, default_name);
}

}  // namespace tidegate::codec
