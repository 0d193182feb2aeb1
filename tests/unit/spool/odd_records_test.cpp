// Records that a program with a bug, or of another version, has left: all sums hold, and what they say is
// odd. And records that are lost which others hang on. A gateway starts, and loses no sample that is whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "filled_spool.hpp"
#include "spool/verify.hpp"

namespace tidegate::spool {
namespace {

using bytes = std::vector<std::byte>;

constexpr const char* first_segment = "segment-000001.log";

recovered recover_copy(const simulated_folder& files) {
  observe::recorded_log unheard;
  const auto copy = files.copy();
  auto found = recover(*copy, segment_bytes_min, unheard);
  for (auto& each : found.segments) each.file.reset();
  return found;
}

// Behind what is there, as the next commit of its segment.
void append(simulated_folder& files, commit& records) {
  const auto found = recover_copy(files);
  const auto& last = found.segments.back();
  auto at = static_cast<std::ptrdiff_t>(last.end);
  for (const auto& part : records.finish(
           {id_seed(found.id), last.generation, last.end, found.next_commit, 0, found.service_time})) {
    const auto* from = static_cast<const std::byte*>(part.iov_base);
    std::copy_n(from, part.iov_len, files.content(last.name).begin() + at);
    at += static_cast<std::ptrdiff_t>(part.iov_len);
  }
}

void append(simulated_folder& files, const record_header& header, bytes payload) {
  commit records;
  records.add(header, std::move(payload));
  append(files, records);
}

bytes bytes_of(const batch_ref& batch) {
  const auto* begin = static_cast<const std::byte*>(batch.block());
  return {begin, begin + batch.view().bytes()};
}

// The first segment's records that are whole and wanted.
std::vector<stretch> records_of(simulated_folder& files,
                                const std::function<bool(const stretch&)>& is_wanted) {
  std::vector<stretch> all;
  const auto first = inspect(files).files.front();
  walk(*first.file, first.walking(), [&](const stretch& found) {
    if (found.what == stretch::kind::record && is_wanted(found)) all.push_back(found);
    return true;
  });
  return all;
}

// Flips a bit in the payload of each of those.
void damage(simulated_folder& files, const std::function<bool(const stretch&)>& is_hit) {
  for (const auto& each : records_of(files, is_hit))
    files.content(first_segment)[each.offset + sizeof(record_header) + 5] ^= std::byte{4};
}

// ---- data that is none

struct NoBatch : testing::TestWithParam<bool> {
  // Of 40 samples with whatever the parameter says behind it, then 2 that are whole.
  void make(simulated_folder& files) const {
    fill(files);
    record_header header;
    header.stream = 1;
    header.number = 40;
    header.samples = 5;
    append(files, header, GetParam() ? bytes_of(make_batch(0, 4)) : bytes(200, std::byte{0x55}));
    header.number = 45;
    header.samples = 2;
    append(files, header, bytes_of(make_batch(45, 2)));
  }
};

TEST_P(NoBatch, IsCountedAsDamagedAndHoldsNothingUp) {
  simulated_folder files;
  make(files);
  small_log log{files};
  const auto values = log.deliver_all(1);
  ASSERT_EQ(values.size(), 42u);
  EXPECT_EQ(values[39], 39u);
  EXPECT_EQ(values[40], 45u);
  EXPECT_EQ(log.ledger_of(1).discarded(discard_reason::damaged), 5u);
  EXPECT_EQ(log.ledger_of(1).waiting, 0u);
}

TEST_P(NoBatch, IsSeenAsDamageAndGivenToNobody) {
  simulated_folder files;
  make(files);
  const auto seen = inspect(files);
  const auto values = all_values(seen);
  EXPECT_EQ(values.size(), 42u);
  const auto found = verify(seen);
  ASSERT_EQ(found.lost.size(), 2u);
  EXPECT_EQ(found.lost[0].runs, (std::vector<number_range>{{40, 45}}));
}

INSTANTIATE_TEST_SUITE_P(Kinds, NoBatch, testing::Bool(), [](const auto& of) {
  return of.param ? "WithFewerSamplesThanItSays" : "OfAnyBytes";
});

// ---- cursors

record_header cursors_header() {
  record_header made;
  made.type = record_type::cursors;
  return made;
}

TEST(OddCursors, ThatCannotBeDecodedLeaveTheEarlierOnes) {
  simulated_folder files;
  fill(files);
  append(files, cursors_header(), bytes(100, std::byte{0xee}));
  small_log log{files};
  EXPECT_EQ(log.deliver_all(0).front(), 3u) << "what was acknowledged does not come back";
  EXPECT_EQ(log.deliver_all(1).size(), 40u);
}

TEST(OddCursors, OfAReaderWithoutAStreamCostNobodyElse) {
  simulated_folder files;
  fill(files);
  cursors said;
  reader_entry lone;
  lone.id = 9;
  lone.stream = 77;
  lone.floor = 10;
  lone.name = "lone";
  said.readers.push_back(lone);
  append(files, cursors_header(), encode(said));
  EXPECT_EQ(route(inspect(files), "lone"), nullptr);
  small_log log{files};
  EXPECT_EQ(log.spooled.readers().size(), 2u);
  EXPECT_EQ(log.deliver_all(0).size(), 37u);
  EXPECT_EQ(log.deliver_all(1).size(), 40u);
}

TEST(OddCursors, OfAStreamWithoutAReaderKeepItsNumbers) {
  simulated_folder files;
  fill(files);
  cursors said;
  said.streams.push_back({5, 1000, "recovered-5"});
  append(files, cursors_header(), encode(said));
  small_log log{files};
  EXPECT_EQ(log.spooled.stream("recovered-5", {}).next, 1000u);
  for (const auto& each : log.spooled.readers())
    EXPECT_EQ(log.spooled.ledger(*each).waiting != 0, each->stream == log.stream)
        << "nobody waits for samples that are nowhere";
  EXPECT_EQ(log.deliver_all(1).size(), 40u);
}

// ---- lost names

void lose_all_cursors(simulated_folder& files) {
  damage(files, [](const stretch& each) { return each.header.type == record_type::cursors; });
}

TEST(LostNames, SamplesWhosePipelineIsUnknownAreKeptForWhoeverNamesThem) {
  simulated_folder files;
  fill(files);
  lose_all_cursors(files);
  for (int start = 1; start <= 3; ++start) {
    small_log log{files};
    EXPECT_TRUE(start != 1 || log.said.has("spool: the name of the pipeline that wrote 40 samples is lost; "
                                           "they are kept as recovered-1"));
    ASSERT_EQ(log.spooled.readers().size(), 3u) << "start " << start;
    const auto& keeper = log.spooled.readers().front();
    EXPECT_EQ(keeper->stream->name + " -> " + keeper->name, "recovered-1 -> unknown");
    EXPECT_EQ(log.spooled.ledger(*keeper).waiting, 40u);
    log.push(5);
    log.commit();
    EXPECT_EQ(log.deliver_all(1).size(), 5u);
    log.commit();
    files.kill();
  }
  small_log log{files};
  auto& named = log.spooled.reader(log.spooled.stream("recovered-1", {}), "unknown", small_log::blocking());
  log.readers[0] = &named;
  log.disks[0][index_of(lane::main)] = {};
  EXPECT_EQ(log.deliver_all(0).size(), 40u);
}

TEST(LostNames, AreSeenAsAGatewayWouldNameThem) {
  simulated_folder files;
  fill(files);
  lose_all_cursors(files);
  const auto seen = inspect(files);
  ASSERT_EQ(seen.routes.size(), 1u);
  EXPECT_EQ(seen.routes.front().name(), "recovered-1 -> unknown");
  EXPECT_EQ(seen.routes.front().counted.waiting, 40u);
  EXPECT_EQ(waiting_values(seen, "unknown").size(), 40u);
  EXPECT_EQ(seen.pipeline_name(1), "recovered-1");
  EXPECT_EQ(seen.pipeline_name(9), "pipeline 9") << "of a file that is not the spool's";
}

TEST(LostNames, WhatLaterCursorsSayCountsThoughTheCompleteOnesAreLost) {
  simulated_folder files;
  fill(files);
  damage(files, [](const stretch& each) {
    return each.header.type == record_type::cursors && decode_cursors(each.payload)->complete;
  });
  small_log log{files};
  EXPECT_EQ(log.stream->next, 40u);
  EXPECT_EQ(log.deliver_all(0).front(), 3u) << "what was acknowledged does not come back";
}

// ---- commits

TEST(OddCommits, OfAnotherSizeConfirmsNothingAndCostsNothing) {
  simulated_folder files;
  fill(files);
  commit records;
  record_header header;
  header.stream = 1;
  header.number = 40;
  header.samples = 2;
  records.add(header, bytes_of(make_batch(40, 2)));
  header = {};
  header.type = record_type::commit;
  records.add(header, bytes(8));
  append(files, records);
  EXPECT_FALSE(verify(inspect(files)).is_damaged());
  small_log log{files};
  EXPECT_EQ(log.deliver_all(1).size(), 42u);
  EXPECT_EQ(log.stream->next, 42u);
}

// The commit tells of other records than those that stand before it, though of as many.
TEST(OddCommits, WhoseRecordsAreOthersConfirmNothing) {
  simulated_folder files;
  fill(files);
  const auto before = files.content(first_segment);
  record_header header;
  header.stream = 1;
  header.number = 40;
  header.samples = 2;
  simulated_folder other;
  other.put(first_segment, before);
  append(files, header, bytes_of(make_batch(40, 2)));
  append(other, header, bytes_of(make_batch(90, 2)));
  // The data of the one, the commit of the other.
  const auto end =
      records_of(other, [](const stretch& each) { return each.header.type == record_type::commit; }).back();
  std::copy(other.content(first_segment).begin() + static_cast<std::ptrdiff_t>(end.offset),
            other.content(first_segment).begin() + static_cast<std::ptrdiff_t>(end.end),
            files.content(first_segment).begin() + static_cast<std::ptrdiff_t>(end.offset));
  const auto seen = inspect(files);
  const auto found = verify(seen);
  ASSERT_EQ(found.cut_off.size(), 1u);
  EXPECT_EQ(found.cut_off[0].kept, 2u);
  small_log log{files};
  EXPECT_EQ(log.deliver_all(1).size(), 42u) << "what is whole is given all the same";
}

// ---- seals

// What a seal says is changed, and its sums are made to hold.
using seal_change = std::function<void(record_header&, bytes&, seal_trailer&)>;

void change_seal(simulated_folder& files, const seal_change& how) {
  const auto found = recover_copy(files);
  auto& content = files.content(first_segment);
  seal_trailer trailer;
  std::memcpy(&trailer, content.data() + content.size() - sizeof trailer, sizeof trailer);
  ASSERT_TRUE(trailer_holds(trailer, id_seed(found.id)));
  auto* begin = content.data() + content.size() - trailer.bytes;
  record_header header;
  std::memcpy(&header, begin, sizeof header);
  bytes payload(begin + sizeof header, begin + sizeof header + header.payload_bytes);
  how(header, payload, trailer);
  finish_header(header, id_seed(found.id), payload);
  std::memcpy(begin, &header, sizeof header);
  std::copy(payload.begin(), payload.end(), begin + sizeof header);
  if (trailer.record_crc != 0) trailer.record_crc = header.crc;
  finish_trailer(trailer, id_seed(found.id));
  std::memcpy(content.data() + content.size() - sizeof trailer, &trailer, sizeof trailer);
}

struct odd_seal {
  const char* name;
  seal_change change;
};

struct OddSeals : testing::TestWithParam<odd_seal> {};

TEST_P(OddSeals, AreNoneAndTheSegmentIsReadRecordByRecord) {
  simulated_folder files;
  fill_segments(files);
  ASSERT_EQ(inspect(files).files.front().state, file_state::sealed);
  change_seal(files, GetParam().change);
  const auto seen = inspect(files);
  EXPECT_EQ(seen.files.front().state, file_state::unsealed);
  EXPECT_EQ(all_values(seen).size(), 10'000u);
  EXPECT_TRUE(verify(seen).lost.empty());
  small_log log{files};
  EXPECT_EQ(log.deliver_all(0).size(), 10'000u);
  EXPECT_EQ(log.deliver_all(1).size(), 10'000u - 3700u - 250u);
  EXPECT_EQ(log.ledger_of(0).discarded(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, OddSeals,
    testing::Values(
        odd_seal{"WhoseTrailerPointsBeforeTheSegment",
                 [](auto&, auto&, auto& trailer) { trailer.bytes = segment_bytes_min; }},
        odd_seal{"OfAnotherGeneration", [](auto&, auto&, auto& trailer) { ++trailer.generation; }},
        odd_seal{"WhoseTrailerIsOfAnotherRecord",
                 [](auto&, auto&, auto& trailer) { trailer.record_crc = 0; }},
        odd_seal{"ThatAreCutShort", [](auto&, auto& payload, auto&) { payload.resize(payload.size() - 9); }},
        odd_seal{"ThatAreRecordsOfAnotherKind",
                 [](auto& header, auto&, auto&) { header.type = record_type::gap; }}),
    [](const auto& of) { return std::string{of.param.name}; });

TEST(Seals, ADamagedOneCostsNothing) {
  simulated_folder files;
  fill_segments(files);
  damage(files, [](const stretch& each) { return each.header.type == record_type::seal; });
  EXPECT_EQ(inspect(files).files.front().state, file_state::unsealed);
  small_log log{files};
  EXPECT_EQ(log.deliver_all(0).size(), 10'000u);
}

// A stream of which no sample is in the segment.
TEST(Seals, APartWithoutNumbersIsPassedOver) {
  simulated_folder files;
  fill_segments(files);
  change_seal(files, [](auto&, auto& payload, auto&) {
    auto said = *decode_seal(payload);
    said.parts.push_back({7, {5, 5}, 100, 0});
    payload = encode(said);
  });
  const auto seen = inspect(files);
  EXPECT_EQ(seen.files.front().state, file_state::sealed);
  EXPECT_EQ(waiting_values(seen, "one").size(), 10'000u);
  ASSERT_NE(route(seen, "unknown"), nullptr) << "of the stream that has no name";
  EXPECT_EQ(route(seen, "unknown")->waiting_bytes, 0u);
  EXPECT_EQ(route(seen, "unknown")->counted.waiting, 0u);
  small_log log{files};
  EXPECT_EQ(log.deliver_all(0).size(), 10'000u);
}

// ---- files

TEST(OddFiles, OfTwoOfOneGenerationTheLongerCounts) {
  simulated_folder files;
  {
    small_log log{files};
    log.push(10);
    log.commit();
  }
  files.put("segment-000000.log", files.content(first_segment));
  {
    simulated_folder longer;
    longer.put(first_segment, files.content(first_segment));
    small_log log{longer};
    log.push(20);
    log.commit();
    files.put(first_segment, longer.content(first_segment));
  }
  small_log log{files};
  EXPECT_TRUE(log.said.has("segment-000000.log: it is a copy of segment-000001.log"));
  EXPECT_EQ(log.deliver_all(0).size(), 30u);
}

TEST(OddFiles, ANameWithoutANumberIsAsGoodAsAny) {
  simulated_folder files;
  fill(files);
  files.rename(first_segment, "spool.log");
  small_log log{files};
  EXPECT_EQ(log.deliver_all(1).size(), 40u);
  log.push(3000);
  log.commit();
  EXPECT_EQ(log.deliver_all(1).size(), 3000u);
  const auto names = files.names();
  EXPECT_EQ(std::count(names.begin(), names.end(), "spool.log"), 1);
}

TEST(OddFiles, OfAnotherBlockSizeIsKeptAside) {
  simulated_folder files;
  fill(files);
  for (const bool longer : {false, true}) {
    segment_header header;
    if (longer) header.header_bytes = 128;
    if (!longer) header.block_bytes = 512;
    bytes content(segment_bytes_min);
    const auto block = make_header_block(header);
    std::copy(block.begin(), block.end(), content.begin());
    files.put("segment-000033.log", content);
    small_log log{files};
    EXPECT_TRUE(log.said.has("segment-000033.log: its header cannot be read; kept aside"));
    EXPECT_EQ(log.deliver_all(longer ? 1 : 0).size(), longer ? 40u : 37u);
  }
}

}  // namespace
}  // namespace tidegate::spool
