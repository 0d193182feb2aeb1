// Getting samples out of folders in any state.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "filled_spool.hpp"

namespace tidegate::spool {
namespace {

std::vector<std::uint64_t> counting(std::uint64_t first, std::uint64_t end) {
  std::vector<std::uint64_t> made(end - first);
  std::iota(made.begin(), made.end(), first);
  return made;
}

TEST(Salvage, WhatWaitsForARouteIsAllThatItHasNotSettled) {
  simulated_folder files;
  fill_segments(files);
  const auto seen = inspect(files);
  auto expected = counting(3700, 5000);
  const auto rest = counting(5250, 10'000);
  expected.insert(expected.end(), rest.begin(), rest.end());
  EXPECT_EQ(waiting_values(seen, "two"), expected);
}

TEST(Salvage, WhatWaitsForTwoRoutesIsFoundOnce) {
  simulated_folder files;
  small_log made{files};
  made.push(10);
  made.commit();
  made.spooled.deliver(*made.readers[0], 0, 4, made.now());
  made.spooled.deliver(*made.readers[1], 0, 2, made.now());
  made.spooled.deliver(*made.readers[0], 6, 3, made.now());
  made.spooled.deliver(*made.readers[1], 7, 3, made.now());
  made.commit();
  const auto seen = inspect(files);
  std::vector<std::uint64_t> values;
  find_waiting(seen, {route(seen, "one"), route(seen, "two")}, into(values));
  EXPECT_EQ(values, (std::vector<std::uint64_t>{2, 3, 4, 5, 6, 9}));
}

TEST(Salvage, TheSearchEndsWhenNothingMoreIsWanted) {
  simulated_folder files;
  fill_segments(files);
  std::uint64_t calls = 0;
  const auto first_only = [&](const found_samples&) {
    ++calls;
    return false;
  };
  const auto seen = inspect(files);
  find_waiting(seen, {route(seen, "one")}, first_only);
  EXPECT_EQ(calls, 1u);
  find_all(seen, std::nullopt, first_only);
  EXPECT_EQ(calls, 2u);
}

TEST(Salvage, AllIsWhatWasDeliveredToo) {
  simulated_folder files;
  fill_segments(files);
  small_log made{files};
  made.deliver_all(0);
  made.deliver_all(1);
  made.commit();
  const auto seen = inspect(files);
  EXPECT_TRUE(waiting_values(seen, "one").empty());
  EXPECT_EQ(all_values(seen), counting(0, 10'000));
}

TEST(Salvage, AllIsFoundInFilesThatWereKeptAsideAndInCopiesOnce) {
  simulated_folder files;
  fill_segments(files);
  const auto names = files.names();
  files.put("segment-000070.log", files.content(names[1]));
  files.rename(names[2], names[2] + ".quarantined");
  auto values = all_values(inspect(files));
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values, counting(0, 10'000));
}

TEST(Salvage, AllIsFoundBehindAHeaderThatIsGone) {
  simulated_folder files;
  fill_segments(files);
  const auto hit = inspect(files).files.front();
  const auto held = hit.parts.front().numbers;
  std::fill_n(files.content(hit.name).begin(), block_bytes, std::byte{0x33});
  const auto seen = inspect(files);
  auto values = all_values(seen);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values, counting(0, 10'000));
  EXPECT_EQ(waiting_values(seen, "one"), counting(held.end, 10'000)) << "a gateway does not find it either";
}

TEST(Salvage, SamplesOfAnotherSpoolAreFoundUnlessOnePipelineIsAskedFor) {
  simulated_folder files;
  fill(files);
  simulated_folder other;
  fill(other);
  auto whole = other.content("segment-000001.log");
  files.put("segment-000090.log.quarantined", std::move(whole));
  const auto seen = inspect(files);
  EXPECT_EQ(all_values(seen).size(), 80u);
  std::vector<std::uint64_t> own;
  find_all(seen, seen.streams.front().id, into(own));
  EXPECT_EQ(own, counting(0, 40));
}

TEST(Salvage, WhatCannotBeReadBehindALostHeaderCostsNoMore) {
  simulated_folder files;
  fill_segments(files);
  const auto hit = inspect(files).files.front();
  const auto held = hit.parts.front().numbers.end;
  std::fill_n(files.content(hit.name).begin(), block_bytes, std::byte{0x33});
  // The records behind that are found from another piece of the file.
  files.make_unreadable(hit.name, block_bytes + 8, block_bytes + 16);
  const auto values = all_values(inspect(files));
  EXPECT_GE(values.size(), 10'000u - held);
  EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](auto value) { return value < 10'000; }));
}

TEST(Salvage, BehindALostHeaderTheLastUseOfTheFileCounts) {
  simulated_folder files;
  std::uint64_t pushed = 0;
  {
    small_log made{files};
    for (; pushed < 30'000; pushed += 500) {
      made.push(500);
      made.commit();
      made.deliver_all(0);
      made.deliver_all(1);
    }
    made.push(10);
    made.commit();
  }
  const auto whole = all_values(inspect(files));
  for (const auto& each : inspect(files).files) {
    if (each.state != file_state::sealed) continue;
    const auto left = files.copy();
    std::fill_n(left->content(each.name).begin(), block_bytes, std::byte{0x33});
    auto values = all_values(inspect(*left));
    std::sort(values.begin(), values.end());
    EXPECT_EQ(values, whole) << each.name;
  }
}

TEST(Salvage, WhatCannotBeOpenedOrIsOfALaterVersionIsPassedOver) {
  simulated_folder files;
  fill(files);
  segment_header later;
  later.version = format_version + 1;
  later.generation = 99;
  files.put("segment-000033.log", make_header_block(later));
  files.put("segment-000044.log.quarantined", files.content("segment-000001.log"));
  auto seen = inspect(files);
  for (auto& each : seen.files)
    if (each.state == file_state::quarantined) each.file.reset();  // as one that must not be opened
  EXPECT_EQ(all_values(seen).size(), 40u);
}

TEST(Salvage, OfOnePipelineNoSampleOfAnotherIsGiven) {
  simulated_folder files;
  {
    small_log made{files};
    auto& other = made.spooled.stream("other", {});
    made.spooled.reader(other, "one", small_log::blocking());
    std::uint64_t number = 0;
    made.spooled.push(other, make_batch(5000, 10), {}, made.now(), number);
    made.push(20);
    made.commit();
  }
  const auto seen = inspect(files);
  for (const auto& each : seen.streams) {
    std::vector<std::uint64_t> values;
    find_all(seen, each.id, into(values));
    EXPECT_EQ(values, each.name == "other" ? counting(5000, 5010) : counting(0, 20)) << each.name;
  }
}

// A record of which parts wait is given run by run.
TEST(Salvage, TheSearchEndsInTheMiddleOfARecord) {
  simulated_folder files;
  {
    small_log made{files};
    made.push(20);
    made.commit();
    for (const std::uint64_t number : {4, 9, 14})
      made.spooled.deliver(*made.readers[0], number, 1, made.now());
    made.commit();
  }
  const auto seen = inspect(files);
  int calls = 0;
  find_waiting(seen, {route(seen, "one")}, [&](const found_samples&) { return ++calls < 2; });
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace tidegate::spool
