// What the source `file` remembers: up to where each file is safe, and what of that a restart needs to know.
#include <fcntl.h>
#include <gtest/gtest.h>

#include "descriptor.hpp"
#include "made_up_folder.hpp"
#include "positions.hpp"
#include "remembered.hpp"

namespace tidegate::file_source {
namespace {

TEST(FilePositions, AreSafeUpToTheFirstMarkThatIsNot) {
  positions marks;
  const auto a = marks.begin(100);
  const auto b = marks.begin(0);
  const auto a1 = marks.give(a, 110);
  const auto b1 = marks.give(b, 7);
  const auto a2 = marks.give(a, 120);
  marks.acknowledge(a2);
  EXPECT_EQ(marks.safe(a), 100u);
  marks.acknowledge(b1);
  EXPECT_EQ(marks.safe(b), 7u);
  EXPECT_TRUE(marks.is_all_safe(b));
  marks.acknowledge(a1);
  EXPECT_EQ(marks.safe(a), 120u);
  EXPECT_TRUE(marks.is_all_safe(a));
  marks.acknowledge(99);
  marks.acknowledge(a1);
}

TEST(FilePositions, OfARunThatIsForgottenMeanNothing) {
  positions marks;
  const auto a = marks.begin(0);
  const auto mark = marks.give(a, 10);
  marks.forget(a);
  const auto again = marks.begin(0);
  marks.acknowledge(mark);
  EXPECT_EQ(marks.safe(again), 0u);
}

TEST(RememberedFiles, FitIntoAValueOfTheState) {
  remembered_files all;
  for (std::uint64_t number = 0; number < 2 * remembered_files::files_max; ++number)
    all.put({{UINT64_MAX, UINT64_MAX - number}, UINT64_MAX, 1024, UINT64_MAX, true});
  EXPECT_LE(all.to_text().size(), 64u * 1024);
  EXPECT_EQ(all.all().size(), remembered_files::files_max);
  bool is_understood = false;
  EXPECT_EQ(remembered_files::from_text(all.to_text(), is_understood).to_text(), all.to_text());
  EXPECT_TRUE(is_understood);
}

TEST(RememberedFiles, ThatAreFinishedAreForgottenBeforeThoseThatAreNot) {
  remembered_files all;
  all.put({{1, 1}, 5, 0, 0, false});
  for (std::uint64_t number = 2; number < 2 * remembered_files::files_max; ++number)
    all.put({{1, number}, 5, 0, 0, true});
  EXPECT_EQ(all.all().front().identity.number, 1u);
}

TEST(RememberedFiles, ThatArePutAgainAreTheNewest) {
  remembered_files all;
  for (std::uint64_t number = 1; number <= remembered_files::files_max; ++number)
    all.put({{1, number}, 5, 0, 0, false});
  all.put({{1, 1}, 6, 0, 0, false});
  all.put({{1, 9999}, 5, 0, 0, false});
  EXPECT_EQ(all.all().front().identity.number, 3u);
  EXPECT_EQ(all.all()[all.all().size() - 2].offset, 6u);
}

// Of a machine that numbers its devices anew when it starts.
class RenumberedFiles : public ::testing::Test {
 protected:
  static constexpr file_identity before{1, 5};
  static constexpr file_identity now{2, 5};
  remembered_files all;
  file_head head;

  RenumberedFiles() {
    const testing::made_up_folder folder;
    folder.write("a.log", std::string(2000, 'a'));
    const common::descriptor file{::open(folder.path("a.log").c_str(), O_RDONLY | O_CLOEXEC)};
    head = file_head::of(file.get()).value();
  }
  void put(file_identity identity, std::uint64_t offset) {
    const auto length = std::min<std::uint64_t>(offset, head_bytes_max);
    all.put({identity, offset, static_cast<std::uint32_t>(length), head.hash(length), false});
  }
};

TEST_F(RenumberedFiles, AreBelievedWithAWholeHeadAndAreThenKnownByTheNewNumber) {
  put(before, 1500);
  ASSERT_NE(all.recognise(now, head, {}), nullptr);
  ASSERT_EQ(all.all().size(), 1u);
  EXPECT_EQ(all.all()[0].identity, now);
  EXPECT_EQ(all.all()[0].offset, 1500u);
}

TEST_F(RenumberedFiles, AreNotBelievedWithLess) {
  put(before, 500);
  EXPECT_EQ(all.recognise(now, head, {}), nullptr);
}

TEST_F(RenumberedFiles, AreTheNewestThatIsKnownOfThem) {
  put(now, 500);  // two starts ago
  put(before, 1500);
  ASSERT_NE(all.recognise(now, head, {}), nullptr);
  EXPECT_EQ(all.all().back().offset, 1500u);
  EXPECT_EQ(all.all().size(), 1u);
}

TEST_F(RenumberedFiles, AreNotTakenForOthersThatAreThereToo) {
  put(now, 500);
  put(before, 1500);
  ASSERT_NE(all.recognise(now, head, {before, now}), nullptr);
  EXPECT_EQ(all.all().back().offset, 500u);
  EXPECT_EQ(all.all().size(), 2u);
}

}  // namespace
}  // namespace tidegate::file_source
