// tidegate test -f FILE: runs the pipelines of a configuration between made-up sources and sinks, and
// compares what comes out with what is expected.
#include "cli/test_pipelines.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "cli/difference.hpp"
#include "cli/session.hpp"
#include "cli/test_file.hpp"
#include "pipeline/rehearsal.hpp"

namespace tidegate::cli {

namespace {

namespace files = std::filesystem;

// Of what is as expected, this much is shown before and after what is not.
constexpr std::size_t context = 2;

// Where steps keep their state during one test.
class own_folder {
 public:
  own_folder() {
    auto name = (files::temp_directory_path() / "tidegate-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error{"no temporary folder can be made: " + name};
    path_ = name;
  }
  ~own_folder() {
    std::error_code ignored;
    files::remove_all(path_, ignored);
  }
  own_folder(const own_folder&) = delete;
  own_folder& operator=(const own_folder&) = delete;
  const files::path& path() const noexcept { return path_; }

 private:
  files::path path_;
};

std::string one_line(const difference_line& line, const std::vector<written_sample>& expected,
                     const std::vector<pipeline::located_sample>& came) {
  switch (line.is) {
    case difference_line::kind::same:
      return "    " + to_text(came[line.index].view());
    case difference_line::kind::missing:
      return "  - " + to_text(expected[line.index]);
    default:
      return "  + " + to_text(came[line.index].view());
  }
}

// Nothing if all is as expected.
std::vector<std::string> compare(const std::vector<written_sample>& expected,
                                 const std::vector<pipeline::located_sample>& came) {
  const auto lines = difference(expected.size(), came.size(), [&](std::size_t wanted, std::size_t got) {
    return fits(expected[wanted], came[got].view());
  });
  const auto differs = [](const difference_line& each) { return each.is != difference_line::kind::same; };
  if (std::none_of(lines.begin(), lines.end(), differs)) return {};
  std::vector<std::string> shown;
  std::size_t left_out = 0;
  const auto tell_left_out = [&] {
    if (left_out != 0) shown.push_back("    ... " + std::to_string(left_out) + " more as expected");
    left_out = 0;
  };
  for (std::size_t index = 0; index < lines.size(); ++index) {
    const auto from = index < context ? 0 : index - context;
    const auto to = std::min(index + context + 1, lines.size());
    const auto begin = lines.begin();
    if (std::none_of(begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to),
                     differs)) {
      ++left_out;
      continue;
    }
    tell_left_out();
    shown.push_back(one_line(lines[index], expected, came));
  }
  tell_left_out();
  return shown;
}

std::string place_of(const test_step& step) { return config::to_string(step.where) + ": " + step.target; }

// One test; what is wrong, as lines, or nothing.
class test_run {
 public:
  test_run(const pipeline_test& test, pipeline::rehearsal& on) : on_{on} {
    for (const auto& each : test.steps) take(each);
  }
  bool has_passed() const noexcept { return wrong_.empty(); }
  const std::vector<std::string>& wrong() const noexcept { return wrong_; }

 private:
  void take(const test_step& step) {
    switch (step.is) {
      case test_step::kind::give:
        give(step);
        break;
      case test_step::kind::wait:
        on_.wait(step.duration);
        break;
      case test_step::kind::away:
        on_.sink(step.target).go_away();
        break;
      case test_step::kind::back:
        on_.sink(step.target).come_back();
        break;
      case test_step::kind::refuse:
        on_.sink(step.target).refuse(step.when, step.because);
        break;
      case test_step::kind::expect:
        expect(step);
    }
  }
  void give(const test_step& step) {
    batch_builder batch;
    for (const auto& each : step.samples) add_to(batch, each, step.target, on_.now_utc());
    on_.give(step.target, batch);
  }
  void expect(const test_step& step) {
    const auto shown = compare(step.samples, on_.take(step.target));
    if (shown.empty()) return;
    wrong_.push_back(place_of(step) + " (-: expected, and did not come; +: came, and was not expected)");
    wrong_.insert(wrong_.end(), shown.begin(), shown.end());
  }

  pipeline::rehearsal& on_;
  std::vector<std::string> wrong_;
};

struct counts {
  std::size_t passed = 0;
  std::size_t failed = 0;
};

// False if a step of the configuration refuses its options.
bool run_test(const pipeline_test& test, const session& opened, counts& counted) {
  const own_folder state;
  config::diagnostics said;
  const auto on =
      pipeline::rehearsal::create(*opened.configuration, *opened.plugins, state.path(), test.begin, said);
  if (print(said)) return false;
  const test_run run{test, *on};
  std::printf("%s %s\n", run.has_passed() ? "passed" : "FAILED", test.name.c_str());
  for (const auto& line : run.wrong()) std::printf("  %s\n", line.c_str());
  if (!run.has_passed())
    for (const auto& line : on->take_words()) std::printf("  said meanwhile: %s\n", line.c_str());
  ++(run.has_passed() ? counted.passed : counted.failed);
  return true;
}

// False if the file or the configuration is wrong, which has been said.
bool run_file(const files::path& file, const arguments& given, counts& counted) {
  config::diagnostics said;
  const auto tests = read_tests(file, said);
  if (print(said)) return false;
  auto with = given;
  if (with.files.empty() && !with.use_default) with.files = tests.configuration;
  config::diagnostics wrong;
  const auto opened = open_session(with, wrong);
  if (!wrong.has_errors()) check_targets(tests, *opened.configuration, wrong);
  if (print(wrong)) return false;
  return std::all_of(tests.tests.begin(), tests.tests.end(),
                     [&](const pipeline_test& each) { return run_test(each, opened, counted); });
}

}  // namespace

int test_pipelines(const arguments& given) {
  if (!given.operands.empty())
    throw usage_error{"takes no SOURCE with --file, not '" + given.operands.front() + "'"};
  counts counted;
  bool all_right = true;
  for (const auto& file : given.test_files) all_right = run_file(file, given, counted) && all_right;
  if (!all_right) return exit_configuration;
  std::printf("%zu passed, %zu failed\n", counted.passed, counted.failed);
  return counted.failed == 0 ? exit_ok : exit_failed_tests;
}

}  // namespace tidegate::cli
