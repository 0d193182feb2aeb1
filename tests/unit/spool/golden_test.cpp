// Spools that earlier versions have written, kept in golden/VERSION: each is read by every later version.
//
// A new format gets a new folder here, and the old ones stay:
//   TIDEGATE_MAKE_GOLDEN=tests/unit/spool/golden/1 build/dev/tests/unit/spool/test_spool
//   --gtest_filter='Golden.*'
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>

#include "small_log.hpp"

namespace tidegate::spool {
namespace {

namespace fs = std::filesystem;

reader_limits golden_limits() {
  reader_limits made;
  made.when_full = when_full::drop_newest;
  made.max_samples = 3000;
  return made;
}

// A sealed segment and one that is not, samples settled out of order, samples discarded and counted.
void make_golden(simulated_folder& files) {
  small_log log{files, small_log::small_options(), golden_limits()};
  for (int each = 0; each < 20; ++each) {
    log.push(100);
    log.commit();
  }
  record first;
  record second;
  ASSERT_TRUE(log.read(0, first));
  ASSERT_TRUE(log.read(0, second));
  log.spooled.deliver(*log.readers[0], second.number, second.count, log.now());
  log.spooled.discard(*log.readers[1], 0, 30, discard_reason::rejected, log.now());
  log.push(1500);
  log.commit();
}

void expect_golden(simulated_folder& files) {
  small_log log{files, small_log::small_options(), golden_limits()};
  const auto next = log.stream->next;
  for (const std::size_t reader : {0u, 1u}) EXPECT_EQ(log.ledger_of(reader).accepted, 3500u);
  for (const std::size_t reader : {0u, 1u})
    EXPECT_EQ(log.ledger_of(reader).discarded(discard_reason::full), 1500u);
  EXPECT_EQ(log.ledger_of(1).discarded(discard_reason::rejected), 30u);
  EXPECT_EQ(log.ledger_of(0).delivered, 100u);
  const auto one = log.deliver_all(0);
  ASSERT_EQ(one.size(), 1900u);
  EXPECT_EQ(one.front(), 0u);
  EXPECT_EQ(one[100], 200u) << "what was settled out of order is passed over";
  const auto two = log.deliver_all(1);
  ASSERT_EQ(two.size(), 1970u);
  EXPECT_EQ(two.front(), 30u);
  log.push(3);
  log.commit();
  EXPECT_EQ(log.deliver_all(0), (std::vector<std::uint64_t>{next, next + 1, next + 2}));
}

fs::path golden_folder() { return TIDEGATE_GOLDEN_FOLDER; }

TEST(Golden, IsMadeWhenAskedFor) {
  const char* where = std::getenv("TIDEGATE_MAKE_GOLDEN");
  if (where == nullptr) return;
  simulated_folder files;
  make_golden(files);
  fs::create_directories(where);
  for (const auto& name : files.names()) {
    const auto& content = files.content(name);
    std::ofstream out{fs::path{where} / name, std::ios::binary};
    out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  }
}

TEST(Golden, OfThisVersionIsRead) {
  simulated_folder files;
  make_golden(files);
  expect_golden(files);
}

TEST(Golden, OfEveryEarlierVersionIsRead) {
  int versions = 0;
  for (const auto& version : fs::directory_iterator{golden_folder()}) {
    SCOPED_TRACE(version.path().string());
    simulated_folder files;
    for (const auto& each : fs::directory_iterator{version.path()}) {
      std::ifstream in{each.path(), std::ios::binary};
      const std::string text{std::istreambuf_iterator<char>{in}, {}};
      const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
      files.put(each.path().filename().string(), {bytes, bytes + text.size()});
    }
    expect_golden(files);
    ++versions;
  }
  EXPECT_GE(versions, 1);
}

}  // namespace
}  // namespace tidegate::spool
