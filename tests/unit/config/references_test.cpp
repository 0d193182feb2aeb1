#include "config/references.hpp"

#include "support.hpp"

namespace tidegate::config {
namespace {

std::string text_of(const std::string& from, const std::filesystem::path& base = {}) {
  const auto made = expand(from, base, false);
  EXPECT_EQ(made.problem, "") << from;
  return made.text;
}

std::string problem_of(const std::string& from, const std::filesystem::path& base = {}) {
  const auto made = expand(from, base, false);
  EXPECT_EQ(made.text, "") << from;
  return made.problem;
}

TEST(References, TakeTheEnvironment) {
  const variable name{"TIDEGATE_TEST", "value"};
  EXPECT_EQ(text_of("${env:TIDEGATE_TEST}"), "value");
  EXPECT_EQ(text_of("a-${env:TIDEGATE_TEST}-${env:TIDEGATE_TEST}-b"), "a-value-value-b");
}

TEST(References, TakeTheDefaultOfWhatIsUnsetOrEmpty) {
  const variable unset{"TIDEGATE_TEST_A", nullptr};
  const variable empty{"TIDEGATE_TEST_B", ""};
  EXPECT_EQ(text_of("${env:TIDEGATE_TEST_A:-here}"), "here");
  EXPECT_EQ(text_of("${env:TIDEGATE_TEST_B:-here}"), "here");
  EXPECT_EQ(text_of("${env:TIDEGATE_TEST_A:-}"), "");
  EXPECT_EQ(text_of("${env:TIDEGATE_TEST_B}"), "");
  EXPECT_EQ(problem_of("${env:TIDEGATE_TEST_A}"),
            "environment variable 'TIDEGATE_TEST_A' is not set; set it, or give a default: "
            "${env:TIDEGATE_TEST_A:-default}");
}

TEST(References, AreNotExpandedAgain) {
  const variable name{"TIDEGATE_TEST", "${env:HOME}"};
  EXPECT_EQ(text_of("${env:TIDEGATE_TEST}"), "${env:HOME}");
}

TEST(References, LeaveOtherDollarsAlone) {
  EXPECT_EQ(text_of("pa$$word $5 $"), "pa$$word $5 $");
  EXPECT_EQ(text_of("$${env:HOME}"), "${env:HOME}");
  EXPECT_EQ(text_of("a$${b}$${"), "a${b}${");
}

TEST(References, TakeAFileWithoutItsLastNewline) {
  const folder here;
  here.write("id", "PC-0001\n");
  here.write("crlf", "PC-0002\r\n");
  here.write("lines", "a\n\n");
  EXPECT_EQ(text_of("${file:id}", here.path()), "PC-0001");
  EXPECT_EQ(text_of("${file:" + (here.path() / "id").string() + "}", "/"), "PC-0001");
  EXPECT_EQ(text_of("${file:crlf}", here.path()), "PC-0002");
  EXPECT_EQ(text_of("${file:lines}", here.path()), "a\n");
  EXPECT_TRUE(expand("${file:id}", here.path(), false).hidden);
}

TEST(References, SayWhyAFileCannotBeRead) {
  const folder here;
  here.write("large", std::string(64 * 1024 + 1, 'x'));
  EXPECT_EQ(problem_of("${file:none}", here.path()), "file 'none' cannot be read: No such file or directory");
  EXPECT_EQ(problem_of("${file:.}", here.path()), "file '.' cannot be read: it is a folder");
  EXPECT_EQ(problem_of("${file:large}", here.path()),
            "file 'large' is larger than 64KiB, too large for a value");
  EXPECT_EQ(problem_of("${file:}", here.path()), "a reference to a file is written ${file:PATH}");
}

TEST(References, TakeACredentialOfSystemd) {
  const folder here;
  here.write("password", "hunter2\n");
  const variable folder_of_credentials{"CREDENTIALS_DIRECTORY", here.path().c_str()};
  const auto made = expand("${credential:password}", "/", true);
  EXPECT_EQ(made.text, "hunter2");
  EXPECT_TRUE(made.hidden);
  EXPECT_EQ(problem_of("${credential:none}"),
            "credential 'none' is not in $CREDENTIALS_DIRECTORY (" + shown(here.path().string()) +
                "); add 'LoadCredential=none:/path/to/it' to the systemd unit");
}

TEST(References, DoNotLeaveTheFolderOfCredentials) {
  const folder here;
  here.write("outside", "x");
  here.write("inside/a", "x");
  const variable folder_of_credentials{"CREDENTIALS_DIRECTORY", (here.path() / "inside").c_str()};
  for (const auto* name : {"../outside", "..", ".", "", "/etc/passwd"})
    EXPECT_EQ(problem_of(std::string{"${credential:"} + name + "}"),
              "a reference to a credential is written ${credential:NAME}, and the name is that of a file "
              "without its "
              "folder");
}

TEST(References, AreRefusedWhenTheyAreWrittenWrong) {
  EXPECT_EQ(problem_of("${env:A"),
            "a reference that begins with '${' has no closing '}'; write $${ for '${' itself");
  EXPECT_EQ(problem_of("${HOME}"),
            "'${HOME}' is not a reference; write ${env:HOME}, or $${HOME} for the text itself");
  EXPECT_EQ(problem_of("${env:my-name}"),
            "a reference to the environment is written ${env:NAME} or ${env:NAME:-default}, but the name is "
            "'my-name'");
  EXPECT_NE(problem_of("${Env:A}").find("known are ${env:NAME}"), std::string::npos);
  EXPECT_NE(problem_of("${}").find("is not a reference"), std::string::npos);
}

TEST(References, ShowNothingOfASecretThatIsWrittenWrong) {
  for (const auto* text : {"${hunter2}", "${env:hunter2!}", "${hunter2", "${x:hunter2}"})
    EXPECT_EQ(expand(text, "/", true).problem.find("hunter2"), std::string::npos) << text;
}

}  // namespace
}  // namespace tidegate::config
