#include "config/condition.hpp"

#include <algorithm>
#include <array>

#include "config/glob.hpp"
#include "config/instance_check.hpp"
#include "config/message.hpp"
#include "config/units.hpp"

namespace tidegate::config {

namespace {

constexpr std::string_view tests_known =
    "a test is '> 5', '>= 5', '< 5', '<= 5', '= 5', a range '1..5', or a text with * and ?";

struct comparison {
  std::string_view sign;
  field_test::kind is;
};
// Those of two characters first.
constexpr std::array<comparison, 5> comparisons{{{">=", field_test::kind::at_least},
                                                 {"<=", field_test::kind::at_most},
                                                 {">", field_test::kind::more},
                                                 {"<", field_test::kind::less},
                                                 {"=", field_test::kind::equal}}};

std::string_view without_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<limit_number> number_of(std::string_view text) {
  const auto number = parse_number(text);
  if (!number) return std::nullopt;
  return limit_number{*number, parse_integer(text)};
}

// One option, which is a text or a list of texts.
class entry_reader {
 public:
  entry_reader(const value& given, const std::string& path, diagnostics& said)
      : given_{given}, path_{path}, said_{said} {}

  // Calls `take` with each text, where it stands and its path.
  template <class Take>
  void for_each(Take take) const {
    if (const auto* single = std::get_if<std::string>(&given_.data)) {
      take_one(*single, given_.where, path_, take);
    } else if (const auto* items = std::get_if<value::list>(&given_.data)) {
      for (std::size_t index = 0; index < items->size(); ++index)
        if (const auto* text = std::get_if<std::string>(&(*items)[index].data))
          take_one(*text, (*items)[index].where, child_path(path_, index), take);
    }
  }

 private:
  template <class Take>
  void take_one(const std::string& text, const position& where, const std::string& path, Take take) const {
    std::string_view rest = without_spaces(text);
    const bool negated = rest.starts_with('!');
    if (negated) rest = without_spaces(rest.substr(1));
    if (rest.empty())
      said_.error(where, path,
                  negated ? "has nothing behind the '!', which leaves out what follows it"
                          : "must not be empty; write \"*\" for any text");
    else
      take(rest, negated, where, path);
  }

  const value& given_;
  const std::string path_;
  diagnostics& said_;
};

name_patterns patterns_of(const value& given, const std::string& path, diagnostics& said) {
  name_patterns made;
  entry_reader{given, path, said}.for_each(
      [&](std::string_view text, bool negated, const position&, const std::string&) {
        (negated ? made.unwanted : made.wanted).emplace_back(text);
      });
  return made;
}

// Reads one test. Wrong ones are reported.
class test_reader {
 public:
  test_reader(const position& where, const std::string& path, diagnostics& said)
      : where_{where}, path_{path}, said_{said} {}

  std::optional<field_test> read(std::string_view text) {
    for (const auto& [sign, is] : comparisons)
      if (text.starts_with(sign)) return compared(is, sign, without_spaces(text.substr(sign.size())));
    if (const auto dots = text.find(".."); dots != std::string_view::npos)
      if (auto made = ranged(text, dots)) return made;
    field_test made;
    made.text = text;
    made.low = number_of(text);
    made.truth = parse_boolean(text);
    return is_wrong_ ? std::nullopt : std::optional{std::move(made)};
  }

 private:
  std::optional<field_test> compared(field_test::kind is, std::string_view sign, std::string_view rest) {
    field_test made;
    made.is = is;
    made.text = rest;
    made.low = number_of(rest);
    if (made.low) return made;
    // '=' may stand before any value.
    if (is == field_test::kind::equal && !rest.empty()) return read(rest);
    said_.error(where_, path_,
                "compares with " + in_quotes(rest) + ", but '" + std::string{sign} + "' takes a number; " +
                    std::string{tests_known});
    return std::nullopt;
  }

  // Nothing if it is no range but a text that happens to have dots.
  std::optional<field_test> ranged(std::string_view text, std::size_t dots) {
    field_test made;
    made.is = field_test::kind::range;
    made.text = text;
    made.low = number_of(without_spaces(text.substr(0, dots)));
    made.high = number_of(without_spaces(text.substr(dots + 2)));
    if (made.low && made.high && made.low->number <= made.high->number) return made;
    if (!made.low && !made.high) return std::nullopt;
    is_wrong_ = true;
    said_.error(
        where_, path_,
        made.low && made.high
            ? "the range " + in_quotes(text) + " ends before it begins; write the smaller number first"
            : "the range " + in_quotes(text) + " has one number; write both, as in '1..5', or '>= 1'");
    return std::nullopt;
  }

  const position& where_;
  const std::string& path_;
  diagnostics& said_;
  bool is_wrong_ = false;
};

std::vector<field_test> tests_of(const value& given, const std::string& path, diagnostics& said) {
  std::vector<field_test> all;
  entry_reader{given, path, said}.for_each(
      [&](std::string_view text, bool negated, const position& where, const std::string& below) {
        auto made = test_reader{where, below, said}.read(text);
        if (!made) return;
        made->negated = negated;
        all.push_back(std::move(*made));
      });
  return all;
}

// "cpu or meter-*, and not x"
std::string words_of(const std::vector<std::string>& wanted, const std::vector<std::string>& unwanted) {
  const auto joined = [](const std::vector<std::string>& texts) {
    std::string made;
    for (const auto& text : texts) made += (made.empty() ? "" : " or ") + text;
    return made;
  };
  if (unwanted.empty()) return joined(wanted);
  return joined(wanted) + (wanted.empty() ? "not " : ", and not ") + joined(unwanted);
}

std::string words_of(const field_test& test) {
  for (const auto& [sign, is] : comparisons)
    if (test.is == is) return std::string{sign} + " " + test.text;
  return test.text;
}

}  // namespace

bool name_patterns::fits(std::string_view text) const noexcept {
  const auto fit = [&](const std::string& pattern) { return glob_fits(pattern, text); };
  if (std::any_of(unwanted.begin(), unwanted.end(), fit)) return false;
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), fit);
}

std::optional<condition> check_condition(const value* checked, const node& given, const std::string& path,
                                         diagnostics& said) {
  if (checked == nullptr || checked->is_null()) return std::nullopt;
  condition made;
  if (const auto* name = checked->find("name"); name != nullptr)
    made.name = patterns_of(*name, child_path(path, "name"), said);
  const auto for_each = [&](std::string_view key, auto take) {
    const auto* map = checked->find(key);
    if (map == nullptr || map->is_null()) return;
    for (const auto& [name, held] : map->entries()) take(name, held, child_path(child_path(path, key), name));
  };
  for_each("tags", [&](const std::string& name, const value& held, const std::string& below) {
    made.tags.emplace_back(name, patterns_of(held, below, said));
  });
  for_each("fields", [&](const std::string& name, const value& held, const std::string& below) {
    made.fields.emplace_back(name, tests_of(held, below, said));
  });
  const auto says_nothing = [](const node::entry& each) {
    return each.value.type == node::kind::map && each.value.entries.empty();
  };
  if (std::all_of(given.entries.begin(), given.entries.end(), says_nothing))
    said.error(checked->where, path,
               "says nothing; give a name, tags or fields, such as {name: cpu}, or remove it");
  return made;
}

std::string to_text(const condition& of) {
  std::string made;
  const auto add = [&](const std::string& text) { made += (made.empty() ? "" : "; ") + text; };
  if (!of.name.empty()) add("name is " + words_of(of.name.wanted, of.name.unwanted));
  for (const auto& [tag, patterns] : of.tags)
    add("tag " + tag + " is " + words_of(patterns.wanted, patterns.unwanted));
  for (const auto& [field, tests] : of.fields) {
    std::vector<std::string> wanted;
    std::vector<std::string> unwanted;
    for (const auto& test : tests) (test.negated ? unwanted : wanted).push_back(words_of(test));
    add("field " + field + " is " + words_of(wanted, unwanted));
  }
  return made;
}

}  // namespace tidegate::config
