#include "null_sink.hpp"
#include "support.hpp"

namespace tidegate::null_sink {
namespace {

TEST(NullSink, AcknowledgesEverythingAndCountsIt) {
  testing::sink_bench bench;
  null_sink sink{bench.host.sink(), testing::options_of({}).options()};
  EXPECT_EQ(bench.write(sink, {1, 2, 3}).kind, std::uint32_t{TIDEGATE_DELIVERED});
  EXPECT_EQ(bench.write(sink, {4}).kind, std::uint32_t{TIDEGATE_DELIVERED});
  EXPECT_EQ(bench.host.metric("dropped_samples_total"), 4);
}

}  // namespace
}  // namespace tidegate::null_sink
