#include "cli/test_file.hpp"

#include <algorithm>
#include <optional>

#include "config/document.hpp"
#include "config/host_options.hpp"
#include "config/instant.hpp"
#include "config/load.hpp"
#include "config/message.hpp"
#include "config/units.hpp"
#include "pipeline/rehearsal.hpp"

namespace tidegate::cli {

namespace {

using config::child_path;
using config::node;

constexpr std::int64_t begin_of_2026 = 1'767'225'600'000'000'000;

struct verb {
  const char* name;
  test_step::kind is;
  std::vector<std::string> others;  // keys that may stand beside it
};

const std::vector<verb>& verbs() {
  static const std::vector<verb> all{{"give", test_step::kind::give, {"samples"}},
                                     {"wait", test_step::kind::wait, {}},
                                     {"away", test_step::kind::away, {}},
                                     {"back", test_step::kind::back, {}},
                                     {"refuse", test_step::kind::refuse, {"when", "because"}},
                                     {"expect", test_step::kind::expect, {"samples"}}};
  return all;
}

class test_reader {
 public:
  test_reader(const std::filesystem::path& file, config::diagnostics& said) : file_{file}, said_{said} {}

  test_file read(const node& root) {
    test_file made;
    made.name = file_.string();
    check_keys(root, "", {"configuration", "tests"});
    if (const auto* given = root.find("configuration")) made.configuration = paths(given->value);
    if (const auto* given = root.find("tests");
        given != nullptr && given->value.type == node::kind::list && !given->value.items.empty()) {
      for (std::size_t index = 0; index < given->value.items.size(); ++index)
        made.tests.push_back(test(given->value.items[index], child_path("tests", index)));
    } else {
      said_.error(given == nullptr ? root.where : given->where, "tests",
                  "must be a list of tests, such as {name: NAME, steps: [...]}");
    }
    return made;
  }

 private:
  void check_keys(const node& given, const std::string& path, const std::vector<std::string>& known) {
    for (const auto& each : given.entries)
      if (std::find(known.begin(), known.end(), each.key) == known.end())
        said_.error(each.where, child_path(path, each.key),
                    "unknown key" + config::suggestion(each.key, known));
  }
  std::string text(const node* given, const std::string& path, const config::position& where) {
    if (given != nullptr && given->type == node::kind::scalar && !given->text.empty()) return given->text;
    said_.error(given == nullptr ? where : given->where, path,
                given == nullptr ? "is missing" : "must be a text that is not empty");
    return {};
  }
  static const node* value_of(const node& given, std::string_view key) {
    const auto* found = given.find(key);
    return found == nullptr ? nullptr : &found->value;
  }
  std::optional<std::int64_t> quantity(const config::quantity& read, const node& given,
                                       const std::string& path, const char* wanted) {
    if (!read.value)
      said_.error(given.where, path,
                  std::string{"must be "} + wanted + "; this is " + config::in_quotes(given.text));
    return read.value;
  }

  // Relative to the file.
  std::vector<std::filesystem::path> paths(const node& given) {
    std::vector<std::filesystem::path> all;
    const auto add = [&](const node& each) {
      all.push_back(file_.parent_path() / text(&each, "configuration", each.where));
    };
    if (given.type == node::kind::list)
      for (const auto& each : given.items) add(each);
    else
      add(given);
    return all;
  }

  pipeline_test test(const node& given, const std::string& path) {
    pipeline_test made;
    made.begin = begin_of_2026;
    check_keys(given, path, {"name", "begin", "steps"});
    made.name = text(value_of(given, "name"), child_path(path, "name"), given.where);
    if (const auto* begin = value_of(given, "begin"))
      made.begin = quantity(config::parse_instant(begin->text), *begin, child_path(path, "begin"),
                            "a time such as \"2026-01-01T00:00:00Z\"")
                       .value_or(made.begin);
    const auto* steps = value_of(given, "steps");
    if (steps == nullptr || steps->type != node::kind::list || steps->items.empty()) {
      said_.error(steps == nullptr ? given.where : steps->where, child_path(path, "steps"),
                  "must be a list of steps, such as {give: SOURCE, samples: [...]} and {expect: sinks.SINK, "
                  "samples: [...]}");
      return made;
    }
    for (std::size_t index = 0; index < steps->items.size(); ++index)
      if (auto step = read_step(steps->items[index], child_path(child_path(path, "steps"), index)))
        made.steps.push_back(std::move(*step));
    // What can never fail says nothing.
    if (std::none_of(steps->items.begin(), steps->items.end(),
                     [](const node& each) { return each.find("expect") != nullptr; }))
      said_.error(given.where, child_path(path, "steps"),
                  "expect nothing; add {expect: sinks.SINK, samples: [...]}");
    return made;
  }

  std::optional<test_step> read_step(const node& given, const std::string& path) {
    const auto found =
        std::find_if(verbs().begin(), verbs().end(), [&](const verb& each) { return given.find(each.name); });
    if (found == verbs().end()) {
      said_.error(given.where, path, "must have one of give, wait, away, back, refuse, expect");
      return std::nullopt;
    }
    auto known = found->others;
    known.insert(known.begin(), found->name);
    check_keys(given, path, known);
    test_step made;
    made.is = found->is;
    made.where = given.where;
    made.path = path;
    made.target = text(value_of(given, found->name), child_path(path, found->name), given.where);
    if (made.is == test_step::kind::wait && !made.target.empty()) read_wait(given, made);
    if (made.is == test_step::kind::refuse) read_refusal(given, made);
    if (found->others == std::vector<std::string>{"samples"}) {
      const auto* samples = value_of(given, "samples");
      if (samples == nullptr)
        said_.error(given.where, child_path(path, "samples"),
                    "is missing; it is a list, [] if there are none");
      else
        made.samples = read_samples(*samples, child_path(path, "samples"), said_);
    }
    return made;
  }
  void read_wait(const node& given, test_step& made) {
    made.duration = quantity(config::parse_duration(made.target), *value_of(given, "wait"),
                             child_path(made.path, "wait"), "a duration such as 10s")
                        .value_or(0);
  }
  void read_refusal(const node& given, test_step& made) {
    made.because = "refused by the test";
    if (const auto* because = value_of(given, "because"))
      made.because = text(because, child_path(made.path, "because"), because->where);
    if (const auto* when = value_of(given, "when")) {
      const auto at = child_path(made.path, "when");
      const auto checked =
          config::check_option(*config::pipeline_options().find("when"), *when, at, {}, said_);
      if (!checked.is_null()) made.when = config::check_conditions(checked, *when, at, said_);
    }
  }

  const std::filesystem::path& file_;
  config::diagnostics& said_;
};

std::vector<std::string> names_of(const std::vector<config::instance>& all) {
  std::vector<std::string> names;
  for (const auto& each : all) names.push_back(each.name);
  return names;
}

}  // namespace

test_file read_tests(const std::filesystem::path& file, config::diagnostics& said) {
  const auto document = config::load({file}, said);
  if (said.has_errors()) return {};
  return test_reader{file, said}.read(document.inside().root);
}

void check_targets(const test_file& tests, const config::gateway& configuration, config::diagnostics& said) {
  const auto sources = names_of(configuration.sources);
  const auto sinks = names_of(configuration.sinks);
  const auto points = pipeline::rehearsal::points(configuration);
  for (const auto& test : tests.tests)
    for (const auto& step : test.steps) {
      if (step.is == test_step::kind::wait) continue;
      const bool is_source = step.is == test_step::kind::give;
      const bool is_point = step.is == test_step::kind::expect;
      const auto& known = is_source ? sources : is_point ? points : sinks;
      if (std::find(known.begin(), known.end(), step.target) == known.end())
        said.error(step.where, step.path,
                   std::string{"there is no "} +
                       (is_source  ? "source"
                        : is_point ? "point"
                                   : "sink") +
                       " '" + step.target + "'" + config::suggestion(step.target, known));
    }
}

}  // namespace tidegate::cli
