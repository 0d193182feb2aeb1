// Looking at a spool: nothing is changed by it, and what is seen is what a gateway would find.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <utility>

#include "filled_spool.hpp"
#include "spool/read_only_folder.hpp"
#include "spool/verify.hpp"

namespace tidegate::spool {
namespace {

const inspected_file& file(const inspection& of, const std::string& name) {
  return *std::find_if(of.files.begin(), of.files.end(), [&](const auto& each) { return each.name == name; });
}

std::uint64_t lost_of(const verification& of, const inspected_route* route) {
  for (const auto& each : of.lost)
    if (each.route == route) return each.count;
  return 0;
}

// What is seen in the folder, beside what a gateway then makes of it.
void expect_what_a_gateway_finds(simulated_folder& files, const std::string& about) {
  const auto seen = inspect(files);
  const auto* second = route(seen, "two");
  if (second == nullptr) return;  // its name is lost: a new one begins
  const auto values = waiting_values(seen, "two");
  const auto lost = lost_of(verify(seen), second);
  small_log gateway{files};
  const auto counted = gateway.ledger_of(1);
  EXPECT_EQ(second->counted, counted) << about;
  EXPECT_EQ(values, gateway.deliver_all(1)) << about;
  const auto counted_lost =
      gateway.ledger_of(1).discarded(discard_reason::damaged) - counted.discarded(discard_reason::damaged);
  EXPECT_EQ(lost, counted_lost) << about;
}

// ---- looking changes nothing
// -------------------------------------------------------------------------------

TEST(Inspect, ChangesNothingWhereRecoveryWould) {
  simulated_folder files;
  fill(files);
  files.put("segment-000007.log", std::vector<std::byte>(70'000, std::byte{0x5a}));
  files.put("segment-000008.log", {});
  files.put("segment-000050.log", files.content("segment-000001.log"));
  const auto before = files.copy();
  const auto changes = files.changes();

  const auto seen = inspect(files);
  verify(seen);
  all_values(seen);
  EXPECT_EQ(files.changes(), changes);
  ASSERT_EQ(files.names(), before->names());
  for (const auto& name : files.names()) EXPECT_EQ(files.content(name), before->content(name)) << name;

  observe::recorded_log said;
  recover(files, 65536, said);
  EXPECT_NE(files.names(), before->names()) << "there was something to change";
}

TEST(Inspect, AReadOnlyFolderRefusesWhatWouldChangeIt) {
  simulated_folder files;
  fill(files);
  read_only_folder folder{files};
  std::shared_ptr<tidegate::spool::file> opened;
  ASSERT_FALSE(folder.open("segment-000001.log", opened));
  const auto changes = files.changes();
  const auto refused = std::make_error_code(std::errc::read_only_file_system);
  std::byte zero{};
  const iovec part{&zero, 1};
  EXPECT_EQ(opened->write(0, {&part, 1}), refused);
  EXPECT_EQ(folder.create("new", opened), refused);
  EXPECT_EQ(folder.remove("segment-000001.log"), refused);
  EXPECT_EQ(folder.rename("segment-000001.log", "else"), refused);
  EXPECT_FALSE(folder.sync());
  EXPECT_FALSE(opened->sync());
  EXPECT_EQ(files.changes(), changes);
}

// ---- what is seen
// --------------------------------------------------------------------------------------------

TEST(Inspect, AnEmptyFolderHoldsNoSpool) {
  simulated_folder files;
  files.put("notes.txt", std::vector<std::byte>(10));
  const auto seen = inspect(files);
  EXPECT_FALSE(seen.found);
  EXPECT_TRUE(seen.files.empty());
  EXPECT_FALSE(verify(seen).is_damaged());
}

TEST(Inspect, WhatCannotBeOpenedIsAProblemAndNotAnEmptySpool) {
  simulated_folder files;
  fill(files);
  files.fail(simulated_folder::call::open, std::errc::permission_denied, 0, 1000);
  const auto seen = inspect(files);
  EXPECT_EQ(seen.problem, "segment-000001.log cannot be read: Permission denied");
  EXPECT_EQ(seen.files.front().error, std::errc::permission_denied);
  EXPECT_TRUE(seen.routes.empty());
}

TEST(Inspect, RoutesAreCountedAsAGatewayCountsThem) {
  simulated_folder files;
  fill_segments(files);
  expect_what_a_gateway_finds(files, "untouched");
  const auto seen = inspect(files);
  const auto* two = route(seen, "two");
  ASSERT_NE(two, nullptr);
  EXPECT_EQ(two->name(), "pipeline -> two");
  EXPECT_EQ(two->cursor.floor(), 3700u);
  EXPECT_EQ(two->counted.waiting, 10'000u - 3700u - 250u);
  EXPECT_EQ(two->counted.discarded(discard_reason::rejected), 250u);
  const auto* one = route(seen, "one");
  EXPECT_EQ(one->counted.waiting, 10'000u);
  const auto share = static_cast<double>(two->waiting_bytes) / static_cast<double>(one->waiting_bytes);
  EXPECT_NEAR(share, 0.605, 0.02);
}

TEST(Inspect, EveryFileHasAState) {
  simulated_folder files;
  fill_segments(files);
  const auto last = inspect(files).files.size();
  simulated_folder other;
  fill(other);
  files.put("segment-000060.log", files.content("segment-000002.log"));
  files.put("segment-000061.log", other.content("segment-000001.log"));
  files.put("segment-000062.log", std::vector<std::byte>(65536));
  files.put("segment-000063.log", std::vector<std::byte>(65536, std::byte{1}));
  files.put("segment-000064.log.quarantined", files.content("segment-000003.log"));
  segment_header later;
  later.version = format_version + 1;
  files.put("segment-000065.log", make_header_block(later));
  files.put("segment-000066.log", std::vector<std::byte>(100));

  const auto seen = inspect(files);
  EXPECT_EQ(seen.files.size(), last + 7);
  EXPECT_EQ(file(seen, "segment-000001.log").state, file_state::sealed);
  EXPECT_EQ(file(seen, "segment-000060.log").state, file_state::copy);
  EXPECT_EQ(file(seen, "segment-000061.log").state, file_state::foreign);
  EXPECT_EQ(file(seen, "segment-000062.log").state, file_state::blank);
  EXPECT_EQ(file(seen, "segment-000063.log").state, file_state::unreadable);
  EXPECT_EQ(file(seen, "segment-000064.log.quarantined").state, file_state::quarantined);
  EXPECT_EQ(file(seen, "segment-000065.log").state, file_state::newer);
  EXPECT_EQ(file(seen, "segment-000066.log").state, file_state::blank);
  const auto newest = std::count_if(seen.files.begin(), seen.files.end(),
                                    [](const auto& each) { return each.state == file_state::open; });
  EXPECT_EQ(newest, 1);
}

TEST(Inspect, BesideAGatewayItSeesWhatIsOnDisk) {
  simulated_folder files;
  small_log gateway{files};
  for (int each = 0; each < 60; ++each) {
    gateway.push(500);
    gateway.commit();
    gateway.deliver_all(0);
    if (each % 7 == 0) gateway.deliver_all(1);
    gateway.commit();
    const auto seen = inspect(files);
    ASSERT_EQ(route(seen, "two")->counted, gateway.ledger_of(1)) << each;
    ASSERT_EQ(waiting_values(seen, "two").size(), gateway.ledger_of(1).waiting) << each;
    ASSERT_FALSE(verify(seen).is_damaged()) << each;
  }
}

// A gateway that uses a segment again while it is looked at, told apart from damage.
TEST(Inspect, ASegmentThatIsUsedAgainMeanwhileIsNotDamaged) {
  simulated_folder files;
  small_log gateway{files};
  gateway.push(500);
  gateway.commit();
  const auto seen = inspect(files);
  for (int each = 0; each < 30; ++each) {
    gateway.deliver_all(0);
    gateway.deliver_all(1);
    gateway.push(500);
    gateway.commit();
  }
  ASSERT_FALSE(is_unchanged(seen.files.front()));
  EXPECT_FALSE(verify(seen).is_damaged());
}

// ---- damage: the same in all words
// ---------------------------------------------------------------------------

std::size_t used_bytes(simulated_folder& files) {
  const auto& all = files.content("segment-000001.log");
  const auto last =
      std::find_if(all.rbegin(), all.rend(), [](std::byte each) { return each != std::byte{0}; });
  return static_cast<std::size_t>(all.rend() - last);
}

TEST(Inspect, ACutTailIsSeenAsAGatewaySeesIt) {
  simulated_folder files;
  fill(files);
  const auto whole = files.content("segment-000001.log");
  for (auto at = used_bytes(files); at > block_bytes; at -= 3) {
    simulated_folder cut;
    cut.put("segment-000001.log", {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at)});
    ASSERT_FALSE(verify(inspect(cut)).is_damaged()) << at;
    expect_what_a_gateway_finds(cut, "cut at " + std::to_string(at));
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Inspect, AFlippedBitIsSeenAsAGatewaySeesIt) {
  simulated_folder files;
  fill(files);
  const auto whole = files.content("segment-000001.log");
  for (std::size_t at = block_bytes; at < used_bytes(files); ++at) {
    if (whole[at] == std::byte{0} && at % 61 != 0) continue;
    simulated_folder flipped;
    auto content = whole;
    content[at] ^= std::byte{4};
    flipped.put("segment-000001.log", std::move(content));
    expect_what_a_gateway_finds(flipped, "flipped at " + std::to_string(at));
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Inspect, DamageInSeveralSegmentsIsSeenAsAGatewaySeesIt) {
  simulated_folder whole;
  fill_segments(whole);
  std::mt19937_64 draw{11};
  for (int round = 0; round < 150; ++round) {
    const auto files = whole.copy();
    const auto names = files->names();
    for (auto hits = 1 + draw() % 3; hits != 0; --hits) {
      const auto& name = names[draw() % names.size()];
      auto& content = files->content(name);
      const auto at = draw() % content.size();
      const auto end = std::min<std::size_t>(content.size(), at + draw() % 9000);
      if (draw() % 4 == 0)
        files->make_unreadable(name, at, end);
      else
        for (auto each = at; each < end; ++each) content[each] = static_cast<std::byte>(draw());
    }
    expect_what_a_gateway_finds(*files, "round " + std::to_string(round));
    if (testing::Test::HasFailure()) return;
  }
}

// ---- what cannot be looked at
// ----------------------------------------------------------------------------------

TEST(Inspect, AFolderThatCannotBeListedIsAProblemAndNotAnEmptySpool) {
  simulated_folder files;
  fill(files);
  files.fail(simulated_folder::call::list, std::errc::io_error, 0, 1000);
  EXPECT_EQ(inspect(files).problem, "the folder cannot be listed: Input/output error");
}

TEST(Inspect, AFileWhoseSizeIsNotToldIsNamedWithItsError) {
  simulated_folder files;
  fill(files);
  files.fail(simulated_folder::call::size, std::errc::permission_denied, 0, 1000);
  const auto seen = inspect(files);
  EXPECT_EQ(seen.problem, "segment-000001.log cannot be read: Permission denied");
  EXPECT_EQ(seen.files.front().error, std::errc::permission_denied);
}

TEST(Inspect, AShortFileWithAnythingInItIsNotBlank) {
  simulated_folder files;
  fill(files);
  files.put("segment-000009.log", std::vector<std::byte>(100, std::byte{0x5a}));
  EXPECT_EQ(file(inspect(files), "segment-000009.log").state, file_state::unreadable);
}

// A folder in which a gateway goes on while it is looked at.
class busy_folder final : public folder {
 public:
  busy_folder(folder& of, std::function<void()> meanwhile) : of_{of}, meanwhile_{std::move(meanwhile)} {}
  std::error_code list(std::vector<std::string>& names) const override {
    const auto failed = of_.list(names);
    meanwhile_();
    return failed;
  }
  std::error_code open(const std::string& name, std::shared_ptr<tidegate::spool::file>& opened) override {
    return of_.open(name, opened);
  }
  std::error_code create(const std::string& name, std::shared_ptr<tidegate::spool::file>& made) override {
    return of_.create(name, made);
  }
  std::error_code remove(const std::string& name) override { return of_.remove(name); }
  std::error_code rename(const std::string& name, const std::string& to) override {
    return of_.rename(name, to);
  }
  std::error_code sync() override { return of_.sync(); }
  std::error_code free_space(std::uint64_t& bytes) const override { return of_.free_space(bytes); }

 private:
  folder& of_;
  std::function<void()> meanwhile_;
};

TEST(Inspect, WhatAGatewayChangesMeanwhileIsLookedAtAgain) {
  simulated_folder files;
  small_log gateway{files};
  gateway.push(500);
  gateway.commit();
  int looks = 0;
  busy_folder busy{files, [&] {
                     if (++looks > 6) return;
                     gateway.deliver_all(0);
                     gateway.deliver_all(1);
                     gateway.push(1500);
                     gateway.commit();
                   }};
  const auto seen = inspect(busy);
  EXPECT_GT(looks, 6);
  EXPECT_EQ(seen.problem, "");
  EXPECT_EQ(route(seen, "two")->counted.waiting, 1500u);
  EXPECT_EQ(waiting_values(seen, "two").size(), 1500u);
  EXPECT_FALSE(verify(seen).is_damaged());
}

// Two pipelines, of one of which a cut-off commit has left a hole.
TEST(Inspect, WhatACutOffCommitHasLeftOutIsMissingInItsPipelineAlone) {
  simulated_folder files;
  std::uint64_t number = 0;
  {
    small_log made{files};
    auto& other = made.spooled.stream("other", {});
    made.spooled.reader(other, "far", small_log::blocking());
    made.push(10);
    made.spooled.push(other, make_batch(0, 7), {}, made.now(), number);
    made.commit();
    made.push(20);
    made.push(30);
    made.spooled.push(other, make_batch(7, 5), {}, made.now(), number);
    made.commit();
  }
  const auto open = inspect(files).files.front();
  bool once = true;
  walk(*open.file, open.walking(), [&](const stretch& each) {
    if (each.what == stretch::kind::record && each.header.type == record_type::data &&
        each.header.samples == 20 && std::exchange(once, false))
      files.content(open.name)[each.offset + sizeof(record_header) + 9] ^= std::byte{1};
    return true;
  });
  const auto seen = inspect(files);
  EXPECT_EQ(route(seen, "two")->counted.discarded(discard_reason::unconfirmed), 20u);
  EXPECT_EQ(route(seen, "far")->counted.discarded(), 0u);
  EXPECT_EQ(route(seen, "far")->counted.waiting, 12u);
}

// It is read while it is given its next use: nothing is known but that it cannot be read now.
TEST(Inspect, ASegmentWhoseHeaderCannotBeReadAnyMoreIsJudgedAsItWasSeen) {
  simulated_folder files;
  fill(files);
  const auto seen = inspect(files);
  files.make_unreadable("segment-000001.log", 0, 1);
  EXPECT_TRUE(is_unchanged(seen.files.front()));
  files.make_unreadable("segment-000001.log", 0, 0);
  std::fill_n(files.content("segment-000001.log").begin(), block_bytes, std::byte{0});
  EXPECT_TRUE(is_unchanged(seen.files.front()));
}

}  // namespace
}  // namespace tidegate::spool
