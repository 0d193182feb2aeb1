#include "spool/format.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string_view>

#include "spool/commit.hpp"
#include "spool/crc32c.hpp"

namespace tidegate::spool {
namespace {

std::uint32_t sum(std::string_view text) { return crc32c(0, text.data(), text.size()); }

TEST(Crc32c, GivesThePublishedSums) {
  EXPECT_EQ(sum("123456789"), 0xE3069283u);
  // RFC 3720, B.4.
  EXPECT_EQ(sum(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(sum(std::string(32, '\xff')), 0x62A8AB43u);
  EXPECT_EQ(sum(""), 0u);
}

TEST(Crc32c, IsTheSameWithAndWithoutTheProcessorsHelpAndInPieces) {
  std::mt19937 random{5};
  std::string bytes(5000, ' ');
  for (auto& each : bytes) each = static_cast<char>(random());
  for (int round = 0; round < 2000; ++round) {
    const auto first = random() % 64;
    const auto length = random() % (bytes.size() - first);
    const auto cut = length == 0 ? 0 : random() % length;
    const auto* data = bytes.data() + first;
    const auto whole = crc32c(0, data, length);
    ASSERT_EQ(whole, crc32c_portable(0, data, length));
    ASSERT_EQ(whole, crc32c(crc32c_portable(0, data, cut), data + cut, length - cut));
  }
}

cursors some_cursors() {
  cursors made;
  made.complete = true;
  made.streams = {{1, 500, "telemetry"}, {7, 0, ""}};
  reader_entry reader;
  reader.id = 3;
  reader.stream = 1;
  reader.start = 10;
  reader.floor = 20;
  reader.delivered = 8;
  reader.discarded = {1, 2, 3, 4, 5, 6};
  reader.settled = {{25, 30}, {31, 32}};
  reader.name = "aws";
  made.readers = {reader};
  return made;
}

TEST(Cursors, ComeBackAsTheyWereEncoded) {
  const auto again = decode_cursors(encode(some_cursors()));
  ASSERT_TRUE(again);
  EXPECT_EQ(encode(*again), encode(some_cursors()));
  EXPECT_EQ(again->readers[0].settled, some_cursors().readers[0].settled);
}

TEST(Cursors, CutAnywhereAreNone) {
  const auto whole = encode(some_cursors());
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes)
    EXPECT_FALSE(decode_cursors({whole.data(), bytes})) << bytes;
}

TEST(Cursors, OfAnyBytesAreDecodedOrRefused) {
  std::mt19937 random{3};
  const auto whole = encode(some_cursors());
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = whole;
    for (auto left = 1 + random() % 4; left != 0; --left)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    if (const auto got = decode_cursors(bytes)) {
      EXPECT_LE(got->readers.size(), bytes.size());
      EXPECT_LE(got->streams.size(), bytes.size());
    }
  }
}

TEST(Cursors, WhoseRangesOverlapOrLieBelowTheFloorAreRefused) {
  auto made = some_cursors();
  made.readers[0].settled = {{19, 30}};
  EXPECT_FALSE(decode_cursors(encode(made)));
  made.readers[0].settled = {{25, 30}, {29, 32}};
  EXPECT_FALSE(decode_cursors(encode(made)));
}

TEST(Gaps, ComeBackAsTheyWereEncoded) {
  const gap_entry gap{4, discard_reason::age, {7, 99}, 60, 1000, 2000};
  const auto again = decode_gap(encode(gap));
  ASSERT_TRUE(again);
  EXPECT_EQ(encode(*again), encode(gap));
  auto unknown = encode(gap);
  unknown[4] = std::byte{99};
  EXPECT_FALSE(decode_gap(unknown));
}

TEST(Seals, ComeBackAsTheyWereEncoded) {
  const seal made{{{1, {5, 50}, 1234, 99}}, 8192, some_cursors()};
  const auto again = decode_seal(encode(made));
  ASSERT_TRUE(again);
  EXPECT_EQ(encode(*again), encode(made));
  auto incomplete = made;
  incomplete.all.complete = false;
  EXPECT_FALSE(decode_seal(encode(incomplete))) << "a segment without all cursors must be read";
}

TEST(SegmentHeader, StandsTwiceAndTheNewerCounts) {
  segment_header old;
  old.generation = 4;
  segment_header later;
  later.generation = 5;
  auto block = make_header_block(old);
  const auto newer = make_header_block(later);
  std::copy_n(newer.begin() + second_header_offset, 64, block.begin() + second_header_offset);
  segment_header found;
  EXPECT_EQ(read_segment_header(block, found), header_state::ours);
  EXPECT_EQ(found.generation, 5u);
  block[second_header_offset] ^= std::byte{1};
  EXPECT_EQ(read_segment_header(block, found), header_state::ours);
  EXPECT_EQ(found.generation, 4u);
  block[0] ^= std::byte{1};
  EXPECT_EQ(read_segment_header(block, found), header_state::unreadable);
  EXPECT_EQ(read_segment_header(std::vector<std::byte>(block_bytes), found), header_state::blank);
  EXPECT_EQ(read_segment_header(std::vector<std::byte>(100), found), header_state::unreadable);
}

TEST(Commit, FillsWholeBlocks) {
  std::vector<std::byte> payload(4096);
  commit made;
  made.add({}, std::span{payload});
  EXPECT_EQ(made.bytes(), 2 * block_bytes) << "4 KiB cost two blocks, no more";
  std::size_t bytes = 0;
  for (const auto& part : made.finish({})) bytes += part.iov_len;
  EXPECT_EQ(bytes, made.bytes());
}

}  // namespace
}  // namespace tidegate::spool
