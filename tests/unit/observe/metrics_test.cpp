#include "observe/metrics.hpp"

#include <gtest/gtest.h>

namespace tidegate::observe {
namespace {

TEST(Metrics, TheSameNameIsTheSameMetric) {
  metrics all;
  auto* one = all.make("cpu", metric_kind::counter, "polls", "");
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(all.make("cpu", metric_kind::counter, "polls", ""), one);
  EXPECT_NE(all.make("memory", metric_kind::counter, "polls", ""), one);
}

TEST(Metrics, RefusesAnotherKindBadNamesAndTooMany) {
  metrics all;
  all.make("cpu", metric_kind::counter, "polls", "");
  EXPECT_EQ(all.make("cpu", metric_kind::gauge, "polls", ""), nullptr);
  for (const char* name : {"", "Polls", "1st", "a-b", "a b"})
    EXPECT_EQ(all.make("cpu", metric_kind::gauge, name, ""), nullptr);
  for (std::size_t count = 1; count < metrics::per_instance_max; ++count)
    EXPECT_NE(all.make("cpu", metric_kind::gauge, "m" + std::to_string(count), ""), nullptr);
  EXPECT_EQ(all.make("cpu", metric_kind::gauge, "one_more", ""), nullptr);
}

TEST(Metrics, ACounterNeverFalls) {
  metrics all;
  auto* polls = all.make("cpu", metric_kind::counter, "polls", "");
  polls->add(2);
  polls->add(-1);
  polls->set(0);
  EXPECT_EQ(polls->value(), 2);
}

}  // namespace
}  // namespace tidegate::observe
