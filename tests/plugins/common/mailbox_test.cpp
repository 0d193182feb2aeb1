#include "mqtt/mailbox.hpp"

#include <gtest/gtest.h>

namespace tidegate::mqtt {
namespace {

class Mailbox : public testing::Test {
 protected:
  static event of_kind(event::kind what) {
    event made;
    made.what = what;
    return made;
  }
  void acknowledge(int count) {
    while (count-- > 0) mailbox::post(number_, of_kind(event::kind::acknowledged));
  }
  std::size_t taken() {
    std::vector<event> all;
    box_.take(all);
    return all.size();
  }

  int wakes_ = 0;
  mailbox box_{[this] { ++wakes_; }};
  std::uint32_t number_ = box_.open();
};

TEST_F(Mailbox, WakesOnceForWhatComesUntilItIsEmptied) {
  acknowledge(3);
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(taken(), 3u);
  acknowledge(1);
  EXPECT_EQ(wakes_, 2);
}

TEST_F(Mailbox, WaitsForAsManyAcknowledgementsAsItIsTold) {
  box_.set_patience(3);
  acknowledge(2);
  EXPECT_EQ(wakes_, 0);
  EXPECT_FALSE(box_.is_due());
  acknowledge(1);
  EXPECT_EQ(wakes_, 1);
  EXPECT_TRUE(box_.is_due());
  acknowledge(5);
  EXPECT_EQ(wakes_, 1) << "it is due already";
  EXPECT_EQ(taken(), 8u);
  EXPECT_FALSE(box_.is_due());
}

TEST_F(Mailbox, GivesOutWhatCameBeforeItIsDue) {
  box_.set_patience(10);
  acknowledge(2);
  EXPECT_EQ(taken(), 2u);
}

TEST_F(Mailbox, DoesNotWaitWithAnythingElse) {
  box_.set_patience(10);
  acknowledge(1);
  mailbox::post(number_, of_kind(event::kind::refused));
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(taken(), 2u);
  acknowledge(1);
  EXPECT_EQ(wakes_, 1) << "what was urgent has been taken";
}

TEST_F(Mailbox, IsDueAtOnceWhenFewerAreEnough) {
  box_.set_patience(10);
  acknowledge(4);
  box_.set_patience(4);
  EXPECT_TRUE(box_.is_due());
  EXPECT_EQ(wakes_, 0) << "whoever sets it asks";
  box_.set_patience(0);
  EXPECT_EQ(taken(), 4u);
  EXPECT_FALSE(box_.is_due()) << "an empty box never is";
}

TEST_F(Mailbox, DropsWhatBelongsToAConnectionThatIsOver) {
  mailbox::post(number_, of_kind(event::kind::lost));
  const auto before = number_;
  number_ = box_.open();
  EXPECT_FALSE(box_.is_due());
  mailbox::post(before, of_kind(event::kind::lost));
  EXPECT_EQ(taken(), 0u);
}

}  // namespace
}  // namespace tidegate::mqtt
