#include "pipeline/spool_inlet.hpp"

#include <gtest/gtest.h>

#include "fake_spool.hpp"
#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {
namespace {

TEST(SpoolInlet, HasRoomForWhatTheFullestRouteHas) {
  spool::fake_stream stream{"line", {}};
  spool::fake_reader one{stream, "one", {}, {}};
  spool::fake_reader two{stream, "two", {}, {}};
  spool_inlet way;
  way.open(stream);
  EXPECT_EQ(way.credit(), UINT64_MAX);
  spool::reader_limits limits;
  limits.max_bytes = 1000;
  way.add_route(one, limits);
  limits.max_samples = 3;
  way.add_route(two, limits);
  EXPECT_EQ(way.credit(), 1000u);
  one.bytes = 600;
  two.bytes = 300;
  EXPECT_EQ(way.credit(), 400u);
  one.bytes = 1200;
  EXPECT_EQ(way.credit(), 0u);
  one.bytes = 0;
  std::stop_source never;
  way.push(make_batch(0, 3), {}, never.get_token());
  EXPECT_EQ(way.credit(), 0u) << "no more samples may wait";
}

}  // namespace
}  // namespace tidegate::pipeline
