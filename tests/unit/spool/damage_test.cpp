// What is done with a segment in which something cannot be read.
#include <gtest/gtest.h>

#include <algorithm>

#include "filled_spool.hpp"

namespace tidegate::spool {
namespace {

std::int64_t count_lines(const observe::recorded_log& in, std::string_view piece) {
  const auto lines = in.lines();
  return std::count_if(lines.begin(), lines.end(),
                       [&](const auto& line) { return line.find(piece) != std::string::npos; });
}

struct DamagedSegment : testing::Test {
  simulated_folder files;
  std::string name;
  std::vector<std::byte> content;

  // The second batch of the first segment is hit.
  DamagedSegment() {
    {
      small_log made{files};
      for (int each = 0; each < 20; ++each) {
        made.push(500);
        made.commit();
      }
    }
    const auto first = inspect(files).files.front();
    name = first.name;
    walk(*first.file, first.walking(), [&](const stretch& each) {
      if (each.what != stretch::kind::record || each.header.number != 500) return true;
      files.content(name)[each.offset + sizeof(record_header) + 100] ^= std::byte{1};
      return false;
    });
    content = files.content(name);
  }
  bool has(const std::string& file) const {
    const auto names = files.names();
    return std::find(names.begin(), names.end(), file) != names.end();
  }
};

TEST_F(DamagedSegment, IsKeptAsideUntouchedOnceTheRestOfItIsDelivered) {
  small_log log{files};
  EXPECT_EQ(log.deliver_all(0).size(), 9'500u);
  log.commit();
  EXPECT_TRUE(has(name)) << "the other reader still waits";
  EXPECT_EQ(log.deliver_all(1).size(), 9'500u);
  for (int each = 0; each < 40; ++each) {
    log.push(500);
    log.commit();
    log.deliver_all(0);
    log.deliver_all(1);
  }
  EXPECT_FALSE(has(name)) << "or it would be written over";
  ASSERT_TRUE(has(name + ".quarantined"));
  EXPECT_EQ(files.content(name + ".quarantined"), content);
}

TEST_F(DamagedSegment, IsToldOfOnceHoweverManyReadersFindIt) {
  small_log log{files};
  for (const std::size_t reader : {0, 1}) EXPECT_EQ(log.deliver_all(reader).size(), 9'500u);
  EXPECT_EQ(count_lines(log.said, name + " has records that cannot be read"), 1);
}

TEST_F(DamagedSegment, CannotBeRenamedAndIsLeftWhereItIs) {
  small_log log{files};
  log.deliver_all(0);
  log.deliver_all(1);
  files.fail(simulated_folder::call::rename, std::errc::permission_denied, 0, 1000);
  for (int each = 0; each < 40; ++each) {
    log.push(500);
    log.commit();
    log.deliver_all(0);
    log.deliver_all(1);
  }
  ASSERT_TRUE(has(name));
  EXPECT_EQ(files.content(name), content) << "it is not written over either";
  EXPECT_EQ(log.ledger_of(0).waiting, 0u) << "and holds nothing up";
}

}  // namespace
}  // namespace tidegate::spool
