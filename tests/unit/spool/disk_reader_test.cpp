// Reading records of a segment in whatever order, and when there is no memory for one.
#include "spool/disk_reader.hpp"

#include <gtest/gtest.h>

#include "small_log.hpp"
#include "system_calls.hpp"

namespace tidegate::spool {
namespace {

struct DiskReader : testing::Test {
  simulated_folder files;
  observe::recorded_log said;
  disk_reader disk;

  DiskReader() {
    small_log made{files};
    for (const std::uint32_t count : {10u, 20u, 30u}) {
      made.push(count);
      made.commit();
    }
  }
  // Where the number is, as a log tells it.
  log::disk_place place_of(std::uint64_t number) {
    const auto found = recover(files, segment_bytes_min, said);
    const auto& only = found.segments.front();
    log::disk_place made;
    made.file = only.file;
    made.generation = only.generation;
    made.written = only.end;
    made.number = number;
    made.end = 60;
    made.stream = only.parts.front().stream;
    made.seed = id_seed(found.id);
    return made;
  }
  std::uint64_t first_found() const { return disk.found().number; }
};

TEST_F(DiskReader, FindsTheRecordThatHasTheNumberAlsoOneThatWasPassed) {
  for (const auto& [number, first] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {15, 10}, {29, 10}, {30, 30}, {12, 10}, {0, 0}, {59, 30}, {5, 0}}) {
    ASSERT_EQ(disk.read(place_of(number)), disk_reader::outcome::found) << number;
    EXPECT_EQ(first_found(), first) << number;
  }
  EXPECT_EQ(disk.read(place_of(60)), disk_reader::outcome::nothing);
}

TEST_F(DiskReader, WhatThereIsNoMemoryForIsAnErrorAndFoundLater) {
  const auto wanted = place_of(15);
  ordered_calls calls;
  calls->has_no_memory = true;
  for (int again = 0; again < 3; ++again) {
    ASSERT_EQ(disk.read(wanted), disk_reader::outcome::error);
    EXPECT_EQ(disk.error(), std::errc::not_enough_memory);
    disk.skip_unreadable();  // it is no place on the disk that could be passed over
  }
  calls->has_no_memory = false;
  ASSERT_EQ(disk.read(wanted), disk_reader::outcome::found);
  EXPECT_EQ(first_found(), 10u);
  EXPECT_EQ(disk.found().batch.view()[5].find("n")->as_u64(), 15u);
}

TEST_F(DiskReader, OfAnUnreadableRecordOnlyThatOneIsPassedOver) {
  const auto begin = place_of(10);
  ASSERT_EQ(disk.read(begin), disk_reader::outcome::found);
  files.make_unreadable("segment-000001.log", 4 * block_bytes, 4 * block_bytes + 1);
  disk.rest();
  std::vector<std::uint64_t> firsts;
  for (std::uint64_t number = 0; number < 60;) {
    const auto outcome = disk.read(place_of(number));
    if (outcome == disk_reader::outcome::nothing) break;
    if (outcome == disk_reader::outcome::error) {
      EXPECT_EQ(disk.error(), std::errc::io_error);
      disk.skip_unreadable();
      continue;
    }
    firsts.push_back(first_found());
    number = first_found() + disk.found().count;
  }
  EXPECT_EQ(firsts.size(), 2u);
}

}  // namespace
}  // namespace tidegate::spool
