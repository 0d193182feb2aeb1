#include "pipeline/spool_inlet.hpp"

#include <gtest/gtest.h>

#include "fake_spool.hpp"

namespace tidegate::pipeline {
namespace {

TEST(SpoolInlet, HasTheRoomThatItsStreamHas) {
  spool::fake_stream stream{"line", {}};
  spool_inlet way;
  way.open(stream);
  EXPECT_EQ(way.credit(), UINT64_MAX);
  stream.has_room_for = 400;
  EXPECT_EQ(way.credit(), 400u);
}

TEST(SpoolInlet, TellsItsStreamThatThereWillBeClaims) {
  spool::fake_stream stream{"line", {}};
  spool_inlet way;
  way.open(stream);
  fan_out from;
  from.add(way);
  EXPECT_FALSE(stream.expects_claims);
  from.expect_claims();
  EXPECT_TRUE(stream.expects_claims);
}

}  // namespace
}  // namespace tidegate::pipeline
