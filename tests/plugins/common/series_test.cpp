// What the steps of a pipeline have in common: patterns, keys, the table with its bound, snapshots.
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>
#include <set>
#include <unordered_map>

#include "series/pattern.hpp"
#include "series/series_key.hpp"
#include "series/series_table.hpp"
#include "series/snapshot.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::series {
namespace {

TEST(Pattern, StarIsAnythingAndQuestionMarkOneCharacter) {
  for (const auto& [pattern, text] : std::vector<std::pair<const char*, const char*>>{{"", ""},
                                                                                      {"*", ""},
                                                                                      {"*", "x"},
                                                                                      {"a*", "a"},
                                                                                      {"a*c", "abbc"},
                                                                                      {"a*c", "acbc"},
                                                                                      {"*b*", "abc"},
                                                                                      {"a?c", "abc"},
                                                                                      {"**a", "a"},
                                                                                      {"*a*b*c", "xaybzbc"},
                                                                                      {"?*", "a"},
                                                                                      {"a*b?d", "aXbXbcd"}})
    EXPECT_TRUE(fits(pattern, text)) << pattern << " " << text;
  for (const auto& [pattern, text] : std::vector<std::pair<const char*, const char*>>{{"", "a"},
                                                                                      {"a", ""},
                                                                                      {"?", ""},
                                                                                      {"a*c", "ab"},
                                                                                      {"a?c", "ac"},
                                                                                      {"*b", "abc"},
                                                                                      {"ab", "abc"},
                                                                                      {"abc", "ab"}})
    EXPECT_FALSE(fits(pattern, text)) << pattern << " " << text;
}

TEST(Pattern, ManyStarsTakeNoTimeThatGrowsWithAllOfThem) {
  EXPECT_FALSE(fits("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(20'000, 'a')));
}

TEST(Key, TellsApartWhatDiffersInOneByteOrInWhereItBelongs) {
  batch_builder builder;
  builder.series("n", {{"a", "bc"}});
  builder.series("n", {{"ab", "c"}});
  builder.series("na", {{"a", "bc"}});
  builder.series("n", {{"a", "b"}, {"c", ""}});
  builder.series("n");
  builder.series("12345678");
  builder.series("123456789");
  builder.series(std::string("12345678\0", 9));
  builder.sample(0, 0).field("v", 1);
  const testing::batch batch{builder};
  std::set<std::pair<std::uint64_t, std::uint64_t>> keys;
  for (std::uint32_t index = 0; index < batch.view().series_count(); ++index) {
    const auto key = key_of(batch.view().series(index));
    keys.emplace(key.high, key.low);
    keys.emplace(key_of(key, "v").high, key_of(key, "v").low);
  }
  EXPECT_EQ(keys.size(), 16u);
}

// Stored on disk: another value would make every gateway begin anew.
TEST(Key, IsTheSameForEver) {
  key_maker made;
  made.add("cpu");
  made.add(std::uint64_t{7});
  EXPECT_EQ(made.key().high, 16376542589616745250u);
  EXPECT_EQ(made.key().low, 5673138848427342744u);
}

TEST(Key, SpreadsEvenlyOverTheLowBitsThatTheTableUses) {
  std::vector<int> counts(256);
  for (int number = 0; number < 25'600; ++number) {
    key_maker made;
    made.add("series" + std::to_string(number));
    ++counts[made.key().low & 255];
  }
  EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 50);
  EXPECT_LT(*std::max_element(counts.begin(), counts.end()), 160);
}

series_key key(std::uint64_t number) {
  key_maker made;
  made.add(number);
  return made.key();
}
const auto nothing = [](int&) {};

TEST(Table, ForgetsTheOneThatWasSilentLongest) {
  series_table<int> table{3};
  for (int number = 1; number <= 3; ++number)
    table.at(key(static_cast<std::uint64_t>(number)), nothing).state = number;
  EXPECT_FALSE(table.at(key(1), nothing).is_new);
  std::vector<int> forgotten;
  EXPECT_TRUE(table.at(key(4), [&](int& state) { forgotten.push_back(state); }).is_new);
  EXPECT_EQ(forgotten, std::vector<int>{2});
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(table.find(key(2)), nullptr);
  EXPECT_EQ(*table.find(key(1)), 1);
}

// Against a model, over many turns: keys that meet in one slot, also at the end of the table, erasing,
// growing.
TEST(Table, IsWhatAListWithAMapWouldBe) {
  std::mt19937 random{7};
  series_table<int> table{100};
  std::list<std::uint64_t> order;  // oldest first
  std::unordered_map<std::uint64_t, int> model;
  for (int turn = 0; turn < 50'000; ++turn) {
    const std::uint64_t number = random() % 150;
    if (random() % 50 == 0 && table.size() != 0) {
      model.erase(order.front());
      order.pop_front();
      table.erase_oldest();
      continue;
    }
    const bool is_known = model.contains(number);
    if (!is_known && model.size() == 100) {
      model.erase(order.front());
      order.pop_front();
    }
    order.remove(number);
    order.push_back(number);
    auto [state, is_new] = table.at(series_key{number, number % 16 - 8}, nothing);
    ASSERT_EQ(is_new, !is_known);
    ASSERT_EQ(state, is_known ? model[number] : 0);
    state = model[number] = turn;
    ASSERT_EQ(table.size(), model.size());
  }
  std::vector<std::uint64_t> found;
  table.oldest_first([&](const series_key& each, int state) {
    EXPECT_EQ(state, model[each.high]);
    found.push_back(each.high);
    return true;
  });
  EXPECT_EQ(found, (std::vector<std::uint64_t>{order.begin(), order.end()}));
}

struct SnapshotTest : ::testing::Test {
  testing::host host;
  testing::option_map options = testing::options_of({{"within", 0.5}, {"name", testing::list({"a", "b"})}});
  snapshot made() { return {host.processor(), "test/1", options}; }
};

TEST_F(SnapshotTest, GivesBackWhatWasSavedOnce) {
  const std::string long_text(200'000, 'x');
  auto before = made();
  EXPECT_TRUE(before.save(long_text));
  auto after = made();
  EXPECT_EQ(after.load(), long_text);
  EXPECT_EQ(made().load(), "") << "what was read is crossed out: after a kill it would be too old";
  EXPECT_TRUE(after.save("short"));
  EXPECT_EQ(made().load(), "short");
}

TEST_F(SnapshotTest, IsForTheOptionsItWasMadeWith) {
  auto before = made();
  before.save("text");
  const auto others = testing::options_of({{"within", 0.25}, {"name", testing::list({"a", "b"})}});
  EXPECT_EQ(snapshot(host.processor(), "test/1", others).load(), "");
  before.save("text");
  EXPECT_EQ(snapshot(host.processor(), "other/1", options).load(), "");
  EXPECT_EQ(host.log_lines().back().text, "begins anew, because its options have changed");
}

TEST_F(SnapshotTest, WhatIsDamagedIsNotUsed) {
  const std::string text(100'000, 'x');
  for (const std::string part : {"part.1.0", "part.1.1", "snapshot"}) {
    auto before = made();
    before.save(text);
    auto changed = host.state(part).value();
    changed.back() = static_cast<char>(changed.back() ^ 1);
    host.set_state(part, changed);
    EXPECT_EQ(made().load(), "") << part;
    EXPECT_EQ(host.log_lines().back().text, "begins anew, because what it remembered is damaged");
  }
  host.set_state("snapshot", "abc");
  EXPECT_EQ(made().load(), "");
}

TEST_F(SnapshotTest, ADiskThatFailsIsToldAndNoError) {
  host.fail_state("the disk is full");
  EXPECT_FALSE(made().save("text"));
  EXPECT_EQ(host.log_lines().back().text, "cannot remember where it was: the disk is full");
  EXPECT_EQ(made().load(), "");
  EXPECT_EQ(host.log_lines().back().text,
            "begins anew, because what it remembered cannot be read: the disk is full");
}

TEST(SnapshotReader, GivesZerosBehindTheEnd) {
  snapshot_writer to;
  to.put(std::uint32_t{1000});
  snapshot_reader from{to.bytes()};
  EXPECT_EQ(from.take_text(), "");
  EXPECT_FALSE(from.is_good());
  EXPECT_EQ(from.take<std::uint64_t>(), 0u);
  EXPECT_TRUE(from.is_at_end());
}

}  // namespace
}  // namespace tidegate::series
