#include "batch/thinning.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tidegate {
namespace {

// How many of so many that are offered at this fill are kept.
int kept(std::uint64_t used, int offered) {
  std::uint32_t counter = 0;
  int all = 0;
  for (int index = 0; index < offered; ++index) all += is_admitted(used, 1024, counter) ? 1 : 0;
  return all;
}

TEST(Thinning, KeepsAllToHalfAndThenHalfAsManyForEachHalfOfTheRest) {
  EXPECT_EQ(kept(0, 1000), 1000);
  EXPECT_EQ(kept(512, 1000), 1000);
  EXPECT_NEAR(kept(513, 6400), 3200, 160);
  EXPECT_NEAR(kept(768, 6400), 3200, 160);
  EXPECT_NEAR(kept(769, 6400), 1600, 160);
  EXPECT_NEAR(kept(897, 6400), 800, 160);
  EXPECT_NEAR(kept(1024, 6400), 100, 50);
  EXPECT_NEAR(kept(9999, 6400), 100, 50);
}

TEST(Thinning, FavoursNoneOfSourcesThatTakeTurns) {
  for (const std::uint64_t used : {600u, 800u, 900u}) {
    for (std::size_t sources = 2; sources <= 16; ++sources) {
      std::uint32_t counter = 0;
      std::vector<int> taken(sources);
      int all = 0;
      for (int index = 0; index < 16000; ++index) {
        const bool is_kept = is_admitted(used, 1024, counter);
        taken[static_cast<std::size_t>(index) % sources] += is_kept ? 1 : 0;
        all += is_kept ? 1 : 0;
      }
      const auto share = all / static_cast<int>(sources);
      EXPECT_GT(*std::min_element(taken.begin(), taken.end()), share / 2) << used << " " << sources;
      EXPECT_LT(*std::max_element(taken.begin(), taken.end()), share * 2) << used << " " << sources;
    }
  }
}

}  // namespace
}  // namespace tidegate
