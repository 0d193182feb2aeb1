// What becomes of samples that a sink rejects.
#include <algorithm>
#include <random>
#include <set>

#include "sink_fixture.hpp"

namespace tidegate::pipeline {
namespace {

// Keeps what it is given, when the test lets it.
struct fake_letters final : dead_letters {
  bool keep(const std::string& route, const batch_ref& batch, std::span<const std::uint32_t> samples,
            std::string_view reason) override {
    ++asked;
    if (is_full) return false;
    const std::lock_guard lock{mutex};
    for (const auto index : samples)
      kept.push_back(route + " " + std::to_string(batch.view()[index].value(0).as_u64()) + " " +
                     std::string{reason});
    return true;
  }
  std::atomic<bool> is_full{false};
  std::atomic<int> asked{0};
  std::mutex mutex;
  std::vector<std::string> kept;
};

TEST_F(SinkRunnerTest, RejectedSamplesAreDiscardedAndTheOthersDelivered) {
  does.on_write = [&](delivery given) {
    const std::uint32_t bad[] = {1, 3};
    given.rejected("too large", bad);
  };
  options.batch.max_wait = 1h;
  begin();
  push(0, 5);
  end();
  EXPECT_EQ(way->ledger().delivered, 3u);
  EXPECT_EQ(way->ledger().discarded(discard_reason::rejected), 2u);
  EXPECT_TRUE(log.has("2 of 5 samples were rejected and are discarded: too large"));
}

TEST_F(SinkRunnerTest, OneSampleThatCannotBeTakenDoesNotCostTheOthersOfItsDelivery) {
  int deliveries = 0;
  does.on_write = [&](delivery given) {
    ++deliveries;
    bool is_bad = false;
    given.for_each([&](const sample_view& sample) { is_bad = is_bad || sample.value(0).as_u64() == 700; });
    if (is_bad) return given.rejected("too large");
    does.note(given);
    given.delivered();
  };
  begin();
  push(0, 1000);
  end();
  auto others = up_to(1000);
  others.erase(others.begin() + 700);
  EXPECT_EQ(does.seen, others);
  EXPECT_LE(deliveries, 1 + 2 * 10);
  EXPECT_EQ(way->ledger().discarded(discard_reason::rejected), 1u);
  EXPECT_TRUE(log.has("1 of 1 samples was rejected and is discarded: too large"));
}

TEST_F(SinkRunnerTest, ExactlyTheBadSamplesAreDiscardedWhateverTheyAreAndHoweverAnswersCome) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    std::set<std::uint64_t> bad;
    for (auto count = random() % 20; count != 0; --count) bad.insert(random() % 200);
    std::mutex mutex;
    std::vector<delivery> held;
    std::vector<std::uint64_t> taken;
    does.on_write = [&](delivery given) {
      const std::lock_guard lock{mutex};
      held.push_back(std::move(given));
    };
    std::atomic<bool> over{false};
    std::thread answers{[&] {
      while (!over) {
        const std::lock_guard lock{mutex};
        if (held.empty()) continue;
        std::swap(held[random() % held.size()], held.back());
        auto given = std::move(held.back());
        held.pop_back();
        std::vector<std::uint64_t> here;
        given.for_each([&](const sample_view& sample) { here.push_back(sample.value(0).as_u64()); });
        if (std::any_of(here.begin(), here.end(), [&](auto number) { return bad.count(number) != 0; })) {
          given.rejected("bad");
        } else if (random() % 4 == 0) {
          given.retry("not now");
        } else {
          taken.insert(taken.end(), here.begin(), here.end());
          given.delivered();
        }
      }
    }};
    options.batch.max_samples = 64;
    begin();
    for (std::uint64_t first = 0; first < 200; first += 20) push(first, 20);
    EXPECT_TRUE(eventually([&] { return way->ledger().waiting == 0; }));
    end();
    over = true;
    answers.join();
    std::sort(taken.begin(), taken.end());
    std::vector<std::uint64_t> wanted;
    for (std::uint64_t number = 0; number < 200; ++number)
      if (bad.count(number) == 0) wanted.push_back(number);
    EXPECT_EQ(taken, wanted);
    EXPECT_EQ(way->ledger().discarded(discard_reason::rejected), bad.size());
  }
}

TEST_F(SinkRunnerTest, ASinkThatRejectsEverythingRestsInBetween) {
  does.on_write = [&](delivery given) { given.rejected("403"); };
  begin();
  push(0, 40);
  ASSERT_TRUE(eventually([&] { return way->ledger().discarded() == 40; }));
  end();
  EXPECT_TRUE(log.has("sink out: backing off: one delivery after the other is rejected: 403"));
  const auto lines = log.lines();
  EXPECT_LE(std::count_if(lines.begin(), lines.end(),
                          [](const auto& line) { return line.find("discarded: 403") != std::string::npos; }),
            20)
      << "one line a second";
}

TEST_F(SinkRunnerTest, RejectedIndicesOutsideTheDeliveryAreABugAndLoseNothing) {
  bool first = true;
  does.on_write = [&](delivery given) {
    const std::uint32_t bad[] = {77};
    if (std::exchange(first, false)) return given.rejected("nonsense", bad);
    given.delivered();
  };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 5; }));
  end();
}

TEST_F(SpooledSinkTest, RejectedSamplesGoToTheDeadLettersWithTheirReason) {
  fake_letters kept;
  letters = &kept;
  does.on_write = [&](delivery given) {
    const std::uint32_t bad[] = {0, 3, 4};
    if (given.size() == 6) return given.rejected("too large", bad);
    given.delivered();
  };
  make();
  spool_up(0, 3);
  spool_up(3, 3);
  runner->start();
  ASSERT_TRUE(eventually([&] { return reader->ledger().waiting == 0; }));
  finish();
  EXPECT_EQ(kept.kept, (std::vector<std::string>{"line -> out 0 too large", "line -> out 3 too large",
                                                 "line -> out 4 too large"}));
  EXPECT_EQ(kept.asked, 2) << "once a batch";
  EXPECT_EQ(reader->ledger().discarded(discard_reason::rejected), 3u);
  EXPECT_TRUE(log.has("3 of 6 samples were rejected and go to the dead letters: too large"));
}

TEST_F(SpooledSinkTest, WhatTheDeadLettersCannotTakeNowWaitsAndOthersFlow) {
  fake_letters kept;
  kept.is_full = true;
  letters = &kept;
  does.on_write = [&](delivery given) {
    bool is_bad = false;
    given.for_each([&](const sample_view& sample) { is_bad = is_bad || sample.value(0).as_u64() == 5; });
    is_bad ? given.rejected("bad") : given.delivered();
  };
  make();
  spool_up(0, 10);
  runner->start();
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 9 && kept.asked > 2; }));
  spool_up(10, 10);
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 19; }));
  EXPECT_EQ(reader->ledger().waiting, 1u);
  EXPECT_TRUE(log.has("degraded: the dead letters cannot take what was rejected"));
  kept.is_full = false;
  ASSERT_TRUE(eventually([&] { return reader->ledger().waiting == 0; }));
  finish();
  EXPECT_EQ(kept.kept, std::vector<std::string>{"line -> out 5 bad"});
}

TEST_F(SpooledSinkTest, WhatTheDeadLettersCannotTakeAtTheEndStaysInTheSpool) {
  fake_letters kept;
  kept.is_full = true;
  letters = &kept;
  does.on_write = [&](delivery given) { given.rejected("bad"); };
  make();
  spool_up(0, 1);
  runner->start();
  ASSERT_TRUE(eventually([&] { return kept.asked != 0; }));
  finish();
  EXPECT_EQ(reader->ledger().waiting, 1u);
}

}  // namespace
}  // namespace tidegate::pipeline
