// What verify calls damage, and what it does not.
#include "spool/verify.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "filled_spool.hpp"

namespace tidegate::spool {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::vector<stretch> stretches(const inspected_file& of) {
  std::vector<stretch> all;
  walk(*of.file, of.walking(), [&](const stretch& each) {
    all.push_back(each);
    all.back().payload = {};
    return true;
  });
  return all;
}

std::vector<stretch> data_of(const inspected_file& of) {
  auto all = stretches(of);
  std::erase_if(all, [](const auto& each) {
    return each.what == stretch::kind::no_record || each.header.type != record_type::data;
  });
  return all;
}

TEST(Verify, AHealthySpoolIsRightAndCounted) {
  simulated_folder files;
  fill_segments(files);
  const auto found = verify(inspect(files));
  EXPECT_FALSE(found.is_damaged());
  EXPECT_TRUE(found.cut_off.empty());
  EXPECT_GE(found.segments, 5u);
  EXPECT_EQ(found.samples, 10'000u);
}

TEST(Verify, ADamagedRecordIsNamedWithWhatItHeldAndWhoMissesIt) {
  simulated_folder files;
  fill_segments(files);
  const auto whole = inspect(files).files.front();
  ASSERT_EQ(whole.state, file_state::sealed);
  const auto hit = data_of(whole)[1];
  files.content(whole.name)[hit.offset + sizeof(record_header) + 10] ^= std::byte{1};

  const auto seen = inspect(files);
  const auto found = verify(seen);
  ASSERT_EQ(found.damaged.size(), 1u);
  EXPECT_EQ(found.damaged[0].file, &seen.files.front());
  EXPECT_EQ(found.damaged[0].offset, hit.offset);
  EXPECT_EQ(found.damaged[0].end, hit.end);
  EXPECT_EQ(found.damaged[0].header->number, 500u);
  EXPECT_EQ(found.damaged[0].header->samples, 500u);
  ASSERT_EQ(found.lost.size(), 1u) << "the second reader has it";
  EXPECT_EQ(found.lost[0].route->sink, "one");
  EXPECT_EQ(found.lost[0].count, 500u);
  EXPECT_EQ(found.lost[0].runs, (std::vector<number_range>{{500, 1000}}));
  EXPECT_EQ(found.samples, 9'500u);
  EXPECT_TRUE(found.cut_off.empty());
}

// Of a sealed segment nobody can say that it was cut off while it was written.
TEST(Verify, AnyDamagedByteOfASealedSegmentIsDamage) {
  simulated_folder whole;
  fill_segments(whole);
  const auto first = inspect(whole).files.front();
  const auto all = stretches(first);
  for (const auto& each : all) {
    if (each.what == stretch::kind::no_record || each.header.type == record_type::seal) continue;
    // The copy of the first commit is there for that, and nothing tells it from an opening that was cut off.
    if (each.offset < 3 * block_bytes) continue;
    for (const auto at : {each.offset, each.offset + 40, each.offset + sizeof(record_header) + 3}) {
      const auto files = whole.copy();
      files->content(first.name)[at] ^= std::byte{0x10};
      ASSERT_TRUE(verify(inspect(*files)).is_damaged()) << at;
    }
  }
}

TEST(Verify, AMissingSegmentIsLostSamples) {
  simulated_folder files;
  fill_segments(files);
  const auto gone = inspect(files).files[2];
  const auto numbers = gone.parts.front().numbers;
  ASSERT_LT(numbers.end, 3700u);
  files.remove(gone.name);
  const auto seen = inspect(files);
  const auto found = verify(seen);
  ASSERT_EQ(found.lost.size(), 1u);
  EXPECT_EQ(found.lost[0].route->sink, "one");
  EXPECT_EQ(found.lost[0].runs, (std::vector<number_range>{numbers}));
}

TEST(Verify, WhatTheDiskRefusesToReadIsDamageAndCostsNoMore) {
  simulated_folder files;
  fill_segments(files);
  const auto first = inspect(files).files.front();
  const auto hit = data_of(first)[1];
  files.make_unreadable(first.name, hit.offset + 8192, hit.offset + 8193);
  const auto found = verify(inspect(files));
  ASSERT_EQ(found.unreadable.size(), 1u);
  EXPECT_EQ(found.unreadable[0].why, std::errc::io_error);
  ASSERT_EQ(found.lost.size(), 1u);
  EXPECT_EQ(found.lost[0].count, 500u);
}

// ---- a power cut is no damage
// ------------------------------------------------------------------------------

// Random work that ends in a power cut, several times over, also while it starts.
void live_and_die(simulated_folder& files, simulated_folder::random& draw, const commit_rule& rule) {
  files.cut_power_after(draw() % 40);
  try {
    small_log made{files, small_log::small_options(), small_log::blocking(), rule};
    while (true) {
      made.push(1 + static_cast<std::uint32_t>(draw() % 300));
      if (draw() % 3 == 0) made.work();
      if (draw() % 4 == 0) made.commit();
      if (draw() % 4 == 0) made.deliver_all(draw() % 2);
      made.pass(static_cast<std::int64_t>(draw() % 2) * second);
    }
  } catch (const power_cut&) {
    files.lose_power(draw);
  }
}

void expect_no_damage_after_power_cuts(commit_rule::mode when) {
  commit_rule rule;
  rule.when = when;
  std::size_t cut_off = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    simulated_folder files;
    simulated_folder::random draw{seed};
    for (int life = 0; life < 6; ++life) {
      live_and_die(files, draw, rule);
      const auto found = verify(inspect(files));
      ASSERT_FALSE(found.is_damaged()) << "seed " << seed << ", life " << life;
      cut_off += found.cut_off.size();
    }
  }
  EXPECT_GT(cut_off, 100u) << "something was cut off";
}

TEST(Verify, APowerCutIsNoDamage) { expect_no_damage_after_power_cuts(commit_rule::mode::window); }

TEST(Verify, APowerCutIsNoDamageWhereNothingIsSynced) {
  expect_no_damage_after_power_cuts(commit_rule::mode::never);
}

// The power went while the file was given its next use: its header is still the old one.
TEST(Verify, ASegmentThatNobodyWaitsForIsNoDamageHoweverItLooks) {
  simulated_folder files;
  {
    small_log made{files};
    for (int each = 0; each < 20; ++each) {
      made.push(500);
      made.commit();
    }
    made.deliver_all(0);
    made.deliver_all(1);
    made.commit();
  }
  const auto first = inspect(files).files.front();
  auto& content = files.content(first.name);
  std::fill_n(content.begin() + block_bytes, 2 * block_bytes + 100, std::byte{0x77});
  const auto seen = inspect(files);
  const auto found = verify(seen);
  EXPECT_FALSE(found.is_damaged());
  ASSERT_EQ(found.unneeded.size(), 1u);
  EXPECT_EQ(found.unneeded[0].file, &seen.files.front());
}

// Commits a second apart, or a minute: what was followed for minutes was on the disk when the power went.
void fill_over(simulated_folder& files, std::int64_t pause) {
  small_log made{files};
  for (int each = 0; each < 6; ++each) {
    made.push(10);
    made.commit();
    made.pass(pause);
  }
}

TEST(Verify, DamageInTheOpenSegmentIsToldFromAPowerCutByTheTimeBehindIt) {
  for (const auto pause : {second, 60 * second}) {
    simulated_folder files;
    fill_over(files, pause);
    const auto open = inspect(files).files.front();
    ASSERT_EQ(open.state, file_state::open);
    const auto hit = data_of(open)[1];
    files.content(open.name)[hit.offset + sizeof(record_header)] ^= std::byte{1};
    const auto found = verify(inspect(files));
    EXPECT_EQ(found.is_damaged(), pause != second);
    EXPECT_EQ(found.cut_off.size(), pause == second ? 1u : 0u);
    if (pause != second) {
      EXPECT_EQ(found.damaged.at(0).offset, hit.offset);
    } else {
      EXPECT_EQ(found.cut_off.at(0).kept, 40u);
    }
  }
}

TEST(Verify, WhatACrashHasLeftStaysNoDamageWhenWritingWentOnBehindIt) {
  simulated_folder files;
  fill_over(files, second);
  auto& content = files.content("segment-000001.log");
  const auto last = data_of(inspect(files).files.front()).back();
  std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(last.offset + 100), 30, std::byte{7});
  {
    small_log again{files};
    again.push(5);
    again.commit();
  }
  const auto found = verify(inspect(files));
  EXPECT_FALSE(found.is_damaged());
  ASSERT_EQ(found.cut_off.size(), 1u);
  EXPECT_EQ(found.cut_off[0].offset, last.offset);
  EXPECT_EQ(found.cut_off[0].kept, 0u);
}

// The last commits of a full segment are gone without a trace but their numbers.
TEST(Verify, CommitsOfWhichNothingIsLeftAreMissed) {
  simulated_folder files;
  fill_segments(files);
  const auto first = inspect(files).files.front();
  const auto last = data_of(first).back();
  auto& content = files.content(first.name);
  std::fill(content.begin() + static_cast<std::ptrdiff_t>(last.offset), content.end(), std::byte{0});
  const auto seen = inspect(files);
  const auto found = verify(seen);
  ASSERT_EQ(found.missing.size(), 1u);
  EXPECT_EQ(found.missing[0].file, &seen.files.front());
  EXPECT_EQ(found.missing[0].offset, last.offset);
  EXPECT_EQ(found.missing[0].count, 1u);
  EXPECT_TRUE(found.is_damaged());
  ASSERT_EQ(found.lost.size(), 1u);
  EXPECT_EQ(found.lost[0].count, 500u);
}

// So it is if nobody waits for what they held: the cursors in them are missed.
TEST(Verify, MissingCommitsOfADeliveredSegmentAreToldOfAndNoDamage) {
  simulated_folder files;
  {
    small_log made{files};
    for (int each = 0; each < 20; ++each) {
      made.push(500);
      made.commit();
    }
    made.deliver_all(0);
    made.deliver_all(1);
    made.commit();
  }
  const auto first = inspect(files).files.front();
  const auto last = data_of(first).back();
  auto& content = files.content(first.name);
  std::fill(content.begin() + static_cast<std::ptrdiff_t>(last.offset), content.end(), std::byte{0});
  const auto found = verify(inspect(files));
  EXPECT_FALSE(found.is_damaged());
  EXPECT_EQ(found.unneeded.size(), 1u);
}

}  // namespace
}  // namespace tidegate::spool
