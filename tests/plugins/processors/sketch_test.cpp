// Percentiles from little memory are within half a hundredth of those that sorting would give.
#include "sketch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace tidegate::aggregate {
namespace {

void expect_near(std::vector<double> values, const char* what) {
  sketch made;
  for (const auto value : values) made.add(value);
  std::sort(values.begin(), values.end());
  for (const double fraction : {0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size())));
    const auto exact = values[rank - 1];
    EXPECT_NEAR(made.at(fraction), exact, std::fabs(exact) * 0.0051 + 1e-9) << what << " " << fraction;
  }
}

TEST(Sketch, IsNearWhatSortingGives) {
  std::mt19937 random{1};
  std::vector<double> even, bell, steep, mixed;
  std::uniform_real_distribution<double> uniform{-50, 150};
  std::normal_distribution<double> normal{20, 0.5};
  std::exponential_distribution<double> exponential{0.001};
  for (int index = 0; index < 10'000; ++index) {
    even.push_back(uniform(random));
    bell.push_back(normal(random));
    steep.push_back(exponential(random));
    mixed.push_back(index % 3 == 0 ? 0 : index % 3 == 1 ? -1e6 : 1e-6);
  }
  expect_near(even, "even");
  expect_near(bell, "bell");
  expect_near(steep, "steep");
  expect_near(mixed, "mixed");
  expect_near({7}, "one");
}

TEST(Sketch, OfTwoPartsIsThatOfTheWhole) {
  sketch whole, first, second;
  for (int value = 1; value <= 1000; ++value) {
    whole.add(value);
    (value % 3 == 0 ? first : second).add(value);
  }
  first.add(second);
  for (const double fraction : {0.0, 0.1, 0.5, 0.95, 1.0}) EXPECT_EQ(first.at(fraction), whole.at(fraction));
}

// The large ones are what percentiles are asked for.
TEST(Sketch, HasABoundAndKeepsTheLargeValuesApart) {
  sketch made;
  for (double size = 1e-9; size < 1e12; size *= 1.005) {
    made.add(size);
    made.add(-size);
  }
  series::snapshot_writer to;
  made.save(to);
  EXPECT_LE(to.bytes().size(), sketch::buckets_max * 8 + 4);
  EXPECT_NEAR(made.at(1), 1e12, 1e12 * 0.011);
  EXPECT_NEAR(made.at(0), -1e12, 1e12 * 0.011);
}

TEST(Sketch, IsTheSameAfterItWasSaved) {
  sketch made;
  for (int value = -100; value <= 100; ++value) made.add(value / 7.0);
  series::snapshot_writer to;
  made.save(to);
  series::snapshot_reader from{to.bytes()};
  sketch loaded;
  loaded.load(from);
  EXPECT_TRUE(from.is_good() && from.is_at_end());
  for (const double fraction : {0.0, 0.3, 0.5, 1.0}) EXPECT_EQ(loaded.at(fraction), made.at(fraction));
}

}  // namespace
}  // namespace tidegate::aggregate
