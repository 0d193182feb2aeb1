#include "observe/stderr_log.hpp"

#include <gtest/gtest.h>

namespace tidegate::observe {
namespace {

std::string logged(log::format as, level of, std::string_view who, std::string_view line) {
  testing::internal::CaptureStderr();
  stderr_log out{level::info, as};
  out.write(of, who, line);
  return testing::internal::GetCapturedStderr();
}

TEST(StderrLog, WritesTimeLevelWhoAndLine) {
  const auto text = logged(log::format::text, level::warning, "sink aws", "peer is away");
  EXPECT_EQ(text[10], 'T') << text;
  EXPECT_NE(text.find("Z warning sink aws: peer is away\n"), std::string::npos) << text;
}

TEST(StderrLog, DropsWhatIsBelowItsLevel) {
  EXPECT_EQ(logged(log::format::text, level::debug, "x", "y"), "");
}

TEST(StderrLog, AHostileLineStaysOneLine) {
  const auto text = logged(log::format::text, level::info, "x", "one\ntwo\x1b[31m");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(StderrLog, JsonEscapesQuotes) {
  const auto text = logged(log::format::json, level::info, "a\"b", "c\\d");
  EXPECT_NE(text.find(R"("who":"a\"b","message":"c\\d"})"), std::string::npos) << text;
}

}  // namespace
}  // namespace tidegate::observe
