#include "tidegate/safe_position.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace tidegate {
namespace {

TEST(SafePosition, MovesUpToTheFirstMarkThatIsMissing) {
  safe_position position{5};
  for (const std::uint64_t mark : {10, 20, 30}) position.give(mark);
  EXPECT_EQ(position.now(), 5u);
  EXPECT_FALSE(position.acknowledge(20));
  EXPECT_EQ(position.now(), 5u);
  EXPECT_TRUE(position.acknowledge(10));
  EXPECT_EQ(position.now(), 20u);
  EXPECT_FALSE(position.is_all_safe());
  EXPECT_TRUE(position.acknowledge(30));
  EXPECT_EQ(position.now(), 30u);
  EXPECT_TRUE(position.is_all_safe());
}

TEST(SafePosition, IgnoresMarksThatWereNotGiven) {
  safe_position position;
  position.give(10);
  EXPECT_FALSE(position.acknowledge(9));
  EXPECT_FALSE(position.acknowledge(11));
  EXPECT_TRUE(position.acknowledge(10));
  EXPECT_FALSE(position.acknowledge(10));
  EXPECT_EQ(position.now(), 10u);
}

TEST(SafePosition, IsNeverBeyondWhatIsSafeInWhateverOrderItCame) {
  std::vector<std::uint64_t> marks(100);
  for (std::uint64_t index = 0; index < marks.size(); ++index) marks[index] = 3 * index + 3;
  std::mt19937 random{1};
  for (int round = 0; round < 50; ++round) {
    safe_position position;
    for (const auto mark : marks) position.give(mark);
    auto order = marks;
    std::shuffle(order.begin(), order.end(), random);
    std::vector<bool> is_safe(marks.size() + 1);
    is_safe[0] = true;
    std::size_t wanted = 0;
    for (const auto mark : order) {
      position.acknowledge(mark);
      is_safe[mark / 3] = true;
      while (wanted < marks.size() && is_safe[wanted + 1]) ++wanted;
      ASSERT_EQ(position.now(), 3 * wanted);
    }
  }
}

}  // namespace
}  // namespace tidegate
