// Pairs of names and values in a line: "temperature=21.5 valve=on", "T:21.5;P:1013".
#include <algorithm>

#include "codec/format/formats.hpp"
#include "codec/format/target_cache.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

constexpr std::size_t name_bytes_max = 256;

struct key_value_settings {
  std::string assign = "=";
  std::string between = " \t,;";  // any of these
};

class key_value_reader final : public frame_reader {
 public:
  key_value_reader(const key_value_settings& with, const mapping& what, sample_maker& to,
                   fault_ledger& faults)
      : settings_{with}, targets_{what, to}, to_{to}, faults_{faults} {}

  void read(std::string_view frame, std::int64_t arrival) override {
    targets_.begin();
    to_.begin(arrival);
    std::size_t pairs = 0;
    for (auto rest = frame; take_pair(rest);)
      if (++pairs > sample_maker::fields_max) break;
    if (pairs == 0) return faults_.add(fault::syntax, "there is no pair of a name and a value", frame);
    to_.finish(frame);
  }

 private:
  bool is_between(char byte) const { return settings_.between.find(byte) != settings_.between.npos; }
  static bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }
  static void skip_blanks(std::string_view& rest) {
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  }

  // False at the end. Words that have no value are passed over.
  bool take_pair(std::string_view& rest) {
    for (;;) {
      while (!rest.empty() && (is_between(rest.front()) || is_blank(rest.front()))) rest.remove_prefix(1);
      if (rest.empty()) return false;
      const auto name = take_word(rest, true);
      skip_blanks(rest);
      if (!rest.starts_with(settings_.assign)) {
        if (name.empty()) rest.remove_prefix(1);
        continue;
      }
      rest.remove_prefix(settings_.assign.size());
      skip_blanks(rest);
      const auto value = rest.starts_with('"') ? take_quoted(rest) : take_word(rest, false);
      if (name.empty() || name.size() > name_bytes_max) continue;
      to_.text(targets_.of(name), value);
      return true;
    }
  }

  std::string_view take_word(std::string_view& rest, bool is_name) const {
    std::size_t length = 0;
    while (length < rest.size() && !is_between(rest[length]) &&
           !(is_name && rest.substr(length).starts_with(settings_.assign)))
      ++length;
    auto word = rest.substr(0, length);
    rest.remove_prefix(length);
    while (!word.empty() && is_blank(word.back())) word.remove_suffix(1);
    return word;
  }

  // Up to the next quote, or the end.
  static std::string_view take_quoted(std::string_view& rest) {
    rest.remove_prefix(1);
    const auto length = std::min(rest.find('"'), rest.size());
    const auto value = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    return value;
  }

  const key_value_settings& settings_;
  target_cache targets_;
  sample_maker& to_;
  fault_ledger& faults_;
};

class key_value_plan final : public format_plan {
 public:
  key_value_plan(const options& format, std::string_view default_name) : format_plan{format, default_name} {
    settings_.assign = text_or(format, "assign", settings_.assign);
    settings_.between = text_or(format, "between", settings_.between);
    if (settings_.assign.empty())
      throw configuration_error("assign", "is empty; say what stands between a name and its value");
    if (settings_.between.find(settings_.assign.front()) != settings_.between.npos)
      throw configuration_error("between", "has '" + settings_.assign.substr(0, 1) +
                                               "', with which 'assign' begins; a name would have no value");
  }
  std::unique_ptr<frame_reader> open(sample_maker& to, fault_ledger& faults) const override {
    return std::make_unique<key_value_reader>(settings_, mapping_, to, faults);
  }

 private:
  key_value_settings settings_;
};

}  // namespace

std::unique_ptr<const format_plan> make_key_value_format(const options& format,
                                                         std::string_view default_name) {
  return std::make_unique<key_value_plan>(format, default_name);
}

}  // namespace tidegate::codec
