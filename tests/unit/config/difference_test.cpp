#include "config/difference.hpp"

#include <gtest/gtest.h>

namespace tidegate::config {
namespace {

instance file_sink(const std::string& path) {
  instance made;
  made.name = "out";
  made.plugin = "file";
  made.kind = component_kind::sink;
  made.options.data = value::map{{"path", value{path, {}, false}}, {"gzip", value{true, {}, false}}};
  return made;
}

TEST(Difference, AnInstanceIsTheSameWhereverItStands) {
  auto one = file_sink("a");
  auto two = one;
  two.where.line = 17;
  two.options.where.line = 17;
  std::swap(std::get<value::map>(two.options.data)[0], std::get<value::map>(two.options.data)[1]);
  EXPECT_EQ(identity_of_sink(one), identity_of_sink(two));
}

TEST(Difference, EveryOptionMakesItAnother) {
  const auto base = identity_of_sink(file_sink("a"));
  EXPECT_NE(base, identity_of_sink(file_sink("b")));
  auto other = file_sink("a");
  other.batch.max_samples = 1;
  EXPECT_NE(base, identity_of_sink(other));
  other = file_sink("a");
  other.retry.max = std::chrono::seconds{5};
  EXPECT_NE(base, identity_of_sink(other));
  other = file_sink("a");
  other.live_first = true;
  EXPECT_NE(base, identity_of_sink(other));
  other = file_sink("a");
  other.catch_up_rate = 0;
  EXPECT_NE(base, identity_of_sink(other));
  other = file_sink("a");
  std::get<value::map>(other.options.data)[1].second.data = std::string{"true"};
  EXPECT_NE(base, identity_of_sink(other)) << "a text is no truth";
}

TEST(Difference, TextsThatMeetAreNotAlike) {
  pipeline one;
  one.from = {"a", "b"};
  pipeline two;
  two.from = {"a"};
  two.from_pipelines = {"b"};
  EXPECT_NE(identity_of_pipeline(one), identity_of_pipeline(two));
  two = {};
  two.from = {"ab"};
  EXPECT_NE(identity_of_pipeline(one), identity_of_pipeline(two));
}

TEST(Difference, AConditionCountsAndStepsDoNotDependOnIt) {
  pipeline one;
  auto two = one;
  two.when.emplace_back();
  two.when.back().above = limit_number{1.5, {}};
  EXPECT_NE(identity_of_pipeline(one), identity_of_pipeline(two));
  EXPECT_EQ(identity_of_steps(one), identity_of_steps(two));
  one = two;
  two.when.back().above = limit_number{2.5, {}};
  EXPECT_NE(identity_of_pipeline(one), identity_of_pipeline(two));
}

TEST(Difference, TheTagsOfTheGatewayAreEverySources) {
  instance source;
  source.kind = component_kind::source;
  EXPECT_NE(identity_of_source(source, {}), identity_of_source(source, {{"site", "tokyo-1"}}));
}

TEST(Difference, NamesWhatWasAddedChangedRemovedAndKept) {
  const auto what = difference_between({{"sink a", "1"}, {"sink b", "1"}, {"sink c", "1"}},
                                       {{"sink a", "1"}, {"sink b", "2"}, {"sink d", "1"}});
  EXPECT_EQ(what.added, std::vector<std::string>{"sink d"});
  EXPECT_EQ(what.changed, std::vector<std::string>{"sink b"});
  EXPECT_EQ(what.removed, std::vector<std::string>{"sink c"});
  EXPECT_EQ(what.kept, std::vector<std::string>{"sink a"});
  EXPECT_FALSE(what.is_none());
  EXPECT_EQ(to_text(what), "1 added (sink d), 1 changed (sink b), 1 removed (sink c), 1 kept");
  EXPECT_EQ(to_text(difference_between({{"sink a", "1"}}, {{"sink a", "1"}})), "1 kept");
}

}  // namespace
}  // namespace tidegate::config
