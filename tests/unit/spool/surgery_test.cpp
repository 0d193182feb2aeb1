// A spool whose files were cut, flipped, lost, doubled or mixed up: it starts, loses no more than what was
// hit, and counts it.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "small_log.hpp"

namespace tidegate::spool {
namespace {

constexpr std::uint64_t samples = 40;

// Commits of different make: several records, one, cursors alone.
void fill(simulated_folder& files) {
  small_log made{files};
  for (const std::uint32_t count : {3u, 1u, 5u}) made.push(count);
  made.commit();
  made.push(7);
  made.commit();
  made.push(9);
  made.push(4);
  made.commit();
  record first;
  ASSERT_TRUE(made.read(0, first));
  made.spooled.deliver(*made.readers[0], first.number, first.count, made.now());
  made.commit();
  made.push(11);
  made.commit();
}

std::string only_segment(const simulated_folder& files) {
  for (const auto& name : files.names())
    if (name == "segment-000001.log") return name;
  return {};
}

std::size_t used_bytes(simulated_folder& files) {
  const auto& all = files.content(only_segment(files));
  const auto last =
      std::find_if(all.rbegin(), all.rend(), [](std::byte each) { return each != std::byte{0}; });
  return static_cast<std::size_t>(all.rend() - last);
}

struct outcome {
  std::vector<std::uint64_t> values;
  ledger counted;
};

outcome drain(simulated_folder& files, std::size_t reader) {
  small_log opened{files};
  outcome made;
  made.values = opened.deliver_all(reader);
  made.counted = opened.ledger_of(reader);
  return made;
}

std::uint64_t lost(const outcome& of) {
  return of.counted.discarded(discard_reason::damaged) + of.counted.discarded(discard_reason::unconfirmed);
}

// Whether the values ascend, are none but those that were pushed, and what is missing is counted.
void expect_honest(const outcome& of, const std::string& about) {
  EXPECT_TRUE(std::is_sorted(of.values.begin(), of.values.end())) << about;
  EXPECT_TRUE(std::adjacent_find(of.values.begin(), of.values.end()) == of.values.end()) << about;
  EXPECT_TRUE(of.values.empty() || of.values.back() < samples) << about;
  EXPECT_TRUE(of.counted.balanced()) << about;
  EXPECT_EQ(of.counted.waiting, 0u) << about;
}

TEST(Surgery, UntouchedGivesAll) {
  simulated_folder files;
  fill(files);
  const auto second = drain(files, 1);
  EXPECT_EQ(second.values.size(), samples);
  EXPECT_EQ(lost(second), 0u);
  const auto first = drain(files, 0);
  EXPECT_EQ(first.values.front(), 3u) << "what was acknowledged does not come back";
}

TEST(Surgery, ATailCutAtEveryByteCostsOnlyWhatIsCutOff) {
  simulated_folder files;
  fill(files);
  const auto name = only_segment(files);
  const auto end = used_bytes(files);
  auto whole = files.content(name);
  std::size_t least = 0;
  for (auto at = end; at > block_bytes; --at) {
    simulated_folder cut;
    cut.put(name, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at)});
    const auto got = drain(cut, 1);
    expect_honest(got, "cut at " + std::to_string(at));
    // A prefix, without a hole.
    for (std::size_t index = 0; index < got.values.size(); ++index) ASSERT_EQ(got.values[index], index) << at;
    ASSERT_GE(samples - got.values.size(), least) << at;
    least = samples - got.values.size();
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Surgery, NumbersAreNotGivenTwiceAfterACut) {
  simulated_folder files;
  fill(files);
  auto& content = files.content(only_segment(files));
  content.resize(used_bytes(files) - 100);
  small_log opened{files};
  const auto next = opened.stream->next;
  opened.push(2);
  opened.commit();
  const auto values = opened.deliver_all(1);
  EXPECT_EQ(values.back(), next + 1);
  EXPECT_TRUE(std::adjacent_find(values.begin(), values.end()) == values.end());
}

TEST(Surgery, AFlippedBitCostsOneRecordAtMostAndIsCounted) {
  simulated_folder files;
  fill(files);
  const auto name = only_segment(files);
  const auto whole = files.content(name);
  const auto end = used_bytes(files);
  for (std::size_t bit = 0; bit < end * 8; ++bit) {
    // Of the padding, every 61st.
    if (whole[bit / 8] == std::byte{0} && bit % 61 != 0) continue;
    simulated_folder flipped;
    auto content = whole;
    content[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    flipped.put(name, std::move(content));
    const auto got = drain(flipped, 1);
    const auto about = "bit " + std::to_string(bit) + " at " + std::to_string(bit / 8);
    expect_honest(got, about);
    // The largest record has 11 samples.
    ASSERT_GE(got.values.size() + 11, samples) << about;
    // What was in the middle is counted; what was last cannot be known to have been.
    const auto seen = got.values.empty() ? 0 : got.values.back() + 1;
    ASSERT_EQ(seen - got.values.size() + (got.counted.accepted - seen), lost(got)) << about;
    if (testing::Test::HasFailure()) return;
  }
}

// Several segments of real size.
void fill_segments(simulated_folder& files, int commits) {
  small_log made{files};
  for (int each = 0; each < commits; ++each) {
    made.push(500);
    made.commit();
  }
}

TEST(Surgery, AMissingSegmentIsCounted) {
  simulated_folder whole;
  fill_segments(whole, 20);
  const auto names = whole.names();
  ASSERT_GE(names.size(), 5u);
  for (const auto& gone : names) {
    const auto files = whole.copy();
    files->remove(gone);
    const auto got = drain(*files, 1);
    EXPECT_EQ(got.values.size() + lost(got), got.counted.accepted) << gone;
    EXPECT_EQ(got.counted.waiting, 0u) << gone;
    EXPECT_TRUE(std::is_sorted(got.values.begin(), got.values.end())) << gone;
    EXPECT_GE(got.values.size(), 10'000u - 3 * 1500u) << gone;
    for (const auto& name : files->names())
      EXPECT_FALSE(name.ends_with(quarantine_suffix))
          << name << " is whole, though " << gone << " is missing";
  }
}

TEST(Surgery, ASealedSegmentWithoutAHeaderIsKeptAside) {
  simulated_folder files;
  fill_segments(files, 20);
  auto bytes = files.content("segment-000001.log");
  std::fill_n(bytes.begin(), block_bytes, std::byte{0});
  files.put("segment-000001.log", bytes);
  drain(files, 1);
  const auto names = files.names();
  EXPECT_EQ(std::count(names.begin(), names.end(), "segment-000001.log.quarantined"), 1);
  EXPECT_EQ(files.content("segment-000001.log.quarantined"), bytes);
}

TEST(Surgery, WhatIsKeptAsideIsNeverReplaced) {
  simulated_folder files;
  fill(files);
  const std::vector<std::byte> noise(8192, std::byte{7});
  const std::vector<std::byte> more(8192, std::byte{9});
  files.put("segment-000099.log", noise);
  drain(files, 0);
  files.put("segment-000099.log", more);
  drain(files, 1);
  EXPECT_EQ(files.content("segment-000099.log.quarantined"), noise);
  EXPECT_EQ(files.content("segment-000099.log.2.quarantined"), more);
}

TEST(Surgery, AFileOfNoBytesOrOfZerosIsNoObstacle) {
  for (const std::size_t bytes : {0u, 100u, 4096u, 65536u}) {
    simulated_folder files;
    fill(files);
    files.put("segment-000099.log", std::vector<std::byte>(bytes));
    EXPECT_EQ(drain(files, 1).values.size(), samples) << bytes;
  }
}

TEST(Surgery, ACopyOfASegmentIsKeptAsideAndGivesNothingTwice) {
  simulated_folder files;
  fill(files);
  files.put("segment-000050.log", files.content(only_segment(files)));
  EXPECT_EQ(drain(files, 1).values.size(), samples);
  const auto names = files.names();
  EXPECT_EQ(std::count_if(names.begin(), names.end(),
                          [](const auto& name) { return name.ends_with(".quarantined"); }),
            1);
}

TEST(Surgery, NamesDoNotMatter) {
  simulated_folder whole;
  fill_segments(whole, 12);
  const auto names = whole.names();
  simulated_folder files;
  for (std::size_t index = 0; index < names.size(); ++index)
    files.put(names[names.size() - 1 - index], whole.content(names[index]));
  const auto got = drain(files, 1);
  EXPECT_EQ(got.values.size(), 6000u);
  EXPECT_EQ(lost(got), 0u);
}

TEST(Surgery, ASegmentOfAnotherSpoolIsKeptAside) {
  simulated_folder files;
  fill_segments(files, 12);
  simulated_folder other;
  fill(other);
  files.put("segment-000077.log", other.content(only_segment(other)));
  EXPECT_EQ(drain(files, 1).values.size(), 6000u);
  const auto names = files.names();
  EXPECT_TRUE(std::find(names.begin(), names.end(), "segment-000077.log.quarantined") != names.end());
}

TEST(Surgery, ALaterFormatIsLeftUntouched) {
  simulated_folder files;
  fill(files);
  segment_header later;
  later.version = format_version + 1;
  std::vector<std::byte> content(65536);
  auto block = make_header_block(later);
  std::copy(block.begin(), block.end(), content.begin());
  files.put("segment-000033.log", content);
  small_log opened{files};
  EXPECT_TRUE(opened.said.has("segment-000033.log was written by a later version"));
  EXPECT_EQ(opened.deliver_all(1).size(), samples);
  opened.commit();
  EXPECT_EQ(files.content("segment-000033.log"), content);
}

TEST(Surgery, GarbageIsKeptAside) {
  std::mt19937_64 random{7};
  for (int round = 0; round < 200; ++round) {
    simulated_folder files;
    fill(files);
    std::vector<std::byte> garbage(random() % 70'000 + 1);
    for (auto& byte : garbage) byte = static_cast<std::byte>(random());
    files.put("segment-000055.log", garbage);
    EXPECT_EQ(drain(files, 1).values.size(), samples);
    EXPECT_EQ(files.content("segment-000055.log.quarantined"), garbage);
  }
}

TEST(Surgery, ABlockThatCannotBeReadCostsTheRecordsInIt) {
  simulated_folder whole;
  fill_segments(whole, 8);
  const auto name = whole.names().front();
  for (std::uint64_t block = 0; block < 16; ++block) {
    const auto files = whole.copy();
    files->make_unreadable(name, block * block_bytes, (block + 1) * block_bytes);
    const auto got = drain(*files, 1);
    EXPECT_EQ(got.counted.waiting, 0u) << block;
    EXPECT_EQ(got.values.size() + lost(got), got.counted.accepted) << block;
    // The first block is the header: without it the file is nobody's.
    if (block == 0) continue;
    EXPECT_GE(got.values.size(), 4000u - 1000u) << block;
  }
}

TEST(Surgery, OldRecordsInAFileThatIsUsedAgainAreNotRead) {
  simulated_folder files;
  small_log made{files};
  // Around several times, so that every file has been used again.
  for (int each = 0; each < 60; ++each) {
    made.push(500);
    made.commit();
    made.deliver_all(0);
    made.deliver_all(1);
  }
  made.commit();
  EXPECT_LE(files.names().size(), 5u);
  made.push(3);
  made.commit();
  const auto got = drain(files, 1);
  EXPECT_EQ(got.values, (std::vector<std::uint64_t>{30'000, 30'001, 30'002}));
  EXPECT_EQ(lost(got), 0u);
}

}  // namespace
}  // namespace tidegate::spool
