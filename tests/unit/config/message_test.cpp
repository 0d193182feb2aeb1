#include "config/message.hpp"

#include "config/utf8.hpp"
#include "support.hpp"

namespace tidegate::config {
namespace {

TEST(Nearest, FindsAWordWithALetterWrong) {
  const lines known{"path", "rotation", "compress"};
  EXPECT_EQ(nearest("pth", known), "path");
  EXPECT_EQ(nearest("paht", known), "path");
  EXPECT_EQ(nearest("patth", known), "path");
  EXPECT_EQ(nearest("rotatoin", known), "rotation");
}

TEST(Nearest, TakesNoNoticeOfCaseAndDashes) {
  EXPECT_EQ(nearest("maxSamples", {"max_samples"}), "max_samples");
  EXPECT_EQ(nearest("Per-Core", {"per_core"}), "per_core");
}

TEST(Nearest, FindsTheBeginningOfAWord) {
  EXPECT_EQ(nearest("warn", {"error", "warning"}), "warning");
  EXPECT_EQ(nearest("shutdown_timeout_seconds", {"shutdown_timeout"}), "shutdown_timeout");
}

TEST(Nearest, DoesNotGuessWildly) {
  EXPECT_EQ(nearest("colour", {"path", "rotation"}), "");
  EXPECT_EQ(nearest("a", {"b", "c"}), "");
  EXPECT_EQ(nearest("", {"b"}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), {"b"}), "");
}

TEST(Suggestion, ListsWhatIsKnownWhenNothingIsNear) {
  EXPECT_EQ(suggestion("pth", {"path", "mode"}), "; did you mean 'path'?");
  EXPECT_EQ(suggestion("colour", {"path", "mode"}), "; known are: path, mode");
  EXPECT_EQ(suggestion("colour", {}), "; none are known here");
}

TEST(Listed, EndsAListThatIsTooLong) {
  EXPECT_EQ(listed(lines(25, "x")).substr(60), "x, x, x, x and 1 more");
}

TEST(Shown, IsOneLineAndNotLong) {
  EXPECT_EQ(shown("a\nb\t\x01"), "a\\nb\\t\\x01");
  EXPECT_EQ(shown(std::string(100, 'x')), std::string(60, 'x') + "...");
  // Not in the middle of a letter.
  EXPECT_EQ(shown(std::string(59, 'x') + "\u00fc" + "y"), std::string(59, 'x') + "...");
}

TEST(Position, IsShownAsCompilersDo) {
  const auto file = std::make_shared<const std::string>("gw.yaml");
  EXPECT_EQ(to_string(position{file, 12, 5}), "gw.yaml:12:5");
  EXPECT_EQ(to_string(position{file, 0, 0}), "gw.yaml");
  EXPECT_EQ(to_string(position{}), "(default)");
}

TEST(Diagnostics, AreSortedByPlaceAndCountErrorsOnly) {
  const auto file = std::make_shared<const std::string>("gw.yaml");
  diagnostics said;
  said.warning({file, 9, 1}, "sinks.a", "second");
  EXPECT_FALSE(said.has_errors());
  said.error({file, 10, 1}, "", "third");
  said.error({file, 2, 7}, "log.level", "first");
  EXPECT_TRUE(said.has_errors());
  EXPECT_EQ(messages(said), (lines{"gw.yaml:2:7: error: log.level: first",
                                   "gw.yaml:9:1: warning: sinks.a: second", "gw.yaml:10:1: error: third"}));
}

TEST(Utf8, FindsTheFirstByteThatDoesNotFit) {
  EXPECT_EQ(invalid_utf8("plain \u00fc \u20ac \U0001F600"), std::string_view::npos);
  EXPECT_EQ(invalid_utf8("ab\xff"), 2u);
  EXPECT_EQ(invalid_utf8("\xc0\x80"), 0u) << "overlong";
  EXPECT_EQ(invalid_utf8("\xed\xa0\x80"), 0u) << "a surrogate";
  EXPECT_EQ(invalid_utf8("\xf4\x90\x80\x80"), 0u) << "beyond U+10FFFF";
  EXPECT_EQ(invalid_utf8("a\xe2\x82"), 1u) << "cut";
}

}  // namespace
}  // namespace tidegate::config
