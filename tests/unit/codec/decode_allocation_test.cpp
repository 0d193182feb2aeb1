// A decoder that has seen messages like these allocates nothing for more of them.
#include <gtest/gtest.h>

#include <vector>

#include "../../plugins/sources/count_allocations.hpp"
#include "decode_support.hpp"

namespace tidegate::codec {
namespace {

std::uint64_t allocations_in_steady_state(const option_map& format, const std::string& line) {
  const tidegate_value nothing{};
  const testing::host host;
  decoder decoder{host.source(), options{nothing}, format};
  const auto stream = decoder.open({});
  std::string lines;
  for (int count = 0; count < 500; ++count) lines += line + "\n";
  std::vector<std::uint64_t> block(1 << 16);
  const auto round = [&] {
    // In pieces that cut lines in the middle.
    for (std::string_view rest{lines}; !rest.empty();) {
      auto piece = rest.substr(0, 1000);
      rest.remove_prefix(piece.size());
      while (!piece.empty()) piece.remove_prefix(stream->feed(piece, 1));
    }
    if (stream->batch().bytes() <= block.size() * 8) stream->batch().write_to(block.data());
    stream->clear();
  };
  round();
  round();
  const auto before = testing::allocations();
  round();
  round();
  return testing::allocations() - before;
}

TEST(decoding_lines, allocates_nothing_in_steady_state) {
  EXPECT_EQ(allocations_in_steady_state(
                {{"type", "json"},
                 {"time", map({{"from", "ts"}, {"format", "epoch_ms"}})},
                 {"tags", list({"site"})}},
                R"({"ts":1767323045678,"site":"a rather long name of a site","deep":{"t":21.5},"s":"a\nb"})"),
            0U);
  EXPECT_EQ(allocations_in_steady_state({{"type", "csv"}, {"columns", list({"a:f64", "b", "c:string"})}},
                                        "21.5,true,\"a text that is long, and quoted\""),
            0U);
  EXPECT_EQ(allocations_in_steady_state({{"type", "key-value"}}, "a_rather_long_name_of_a_field=1 b=2"), 0U);
  EXPECT_EQ(allocations_in_steady_state(
                {{"type", "nmea"}}, "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A"),
            0U);
}

}  // namespace
}  // namespace tidegate::codec
