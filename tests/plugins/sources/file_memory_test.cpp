// What the source `file` remembers: up to where each file is safe, and what of that a restart needs to know.
#include <gtest/gtest.h>

#include "positions.hpp"
#include "remembered.hpp"

namespace tidegate::file_source {
namespace {

TEST(FilePositions, AreSafeUpToTheFirstMarkThatIsNot) {
  positions marks;
  const auto a = marks.begin(100);
  const auto b = marks.begin(0);
  const auto a1 = marks.give(a, 110);
  const auto b1 = marks.give(b, 7);
  const auto a2 = marks.give(a, 120);
  marks.acknowledge(a2);
  EXPECT_EQ(marks.safe(a), 100u);
  marks.acknowledge(b1);
  EXPECT_EQ(marks.safe(b), 7u);
  EXPECT_TRUE(marks.is_all_safe(b));
  marks.acknowledge(a1);
  EXPECT_EQ(marks.safe(a), 120u);
  EXPECT_TRUE(marks.is_all_safe());
  marks.acknowledge(99);
  marks.acknowledge(a1);
}

TEST(FilePositions, OfARunThatIsForgottenMeanNothing) {
  positions marks;
  const auto a = marks.begin(0);
  const auto mark = marks.give(a, 10);
  marks.forget(a);
  const auto again = marks.begin(0);
  marks.acknowledge(mark);
  EXPECT_EQ(marks.safe(again), 0u);
  EXPECT_TRUE(marks.is_all_safe());
}

TEST(RememberedFiles, FitIntoAValueOfTheState) {
  remembered_files all;
  for (std::uint64_t number = 0; number < 2 * remembered_files::files_max; ++number)
    all.put({{UINT64_MAX, UINT64_MAX - number}, UINT64_MAX, 1024, UINT64_MAX, true});
  EXPECT_LE(all.to_text().size(), 64u * 1024);
  EXPECT_EQ(all.all().size(), remembered_files::files_max);
  EXPECT_EQ(remembered_files::from_text(all.to_text()).to_text(), all.to_text());
}

TEST(RememberedFiles, ThatAreFinishedAreForgottenBeforeThoseThatAreNot) {
  remembered_files all;
  all.put({{1, 1}, 5, 0, 0, false});
  for (std::uint64_t number = 2; number < 2 * remembered_files::files_max; ++number)
    all.put({{1, number}, 5, 0, 0, true});
  EXPECT_EQ(all.all().front().identity.number, 1u);
}

}  // namespace
}  // namespace tidegate::file_source
