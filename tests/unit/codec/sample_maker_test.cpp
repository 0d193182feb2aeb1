// What gathers the values of a sample.
#include "codec/format/sample_maker.hpp"

#include <gtest/gtest.h>

#include "decode_support.hpp"

namespace tidegate::codec {
namespace {

// As where names were forgotten because noise had brought too many, and a new one got the memory of an old
// one.
TEST(a_sample_maker, takes_no_target_for_the_one_that_lay_there_before) {
  const testing::host host;
  const option_map format{{"type", "json"}};
  const mapping what{format.options(), "test"};
  fault_ledger faults{host.source()};
  sample_maker maker{what, faults, {}};
  target field{.is = target::use::field, .name = "a"};
  const auto add = [&] {
    maker.begin(arrival);
    maker.boolean(field, true);
    maker.finish("");
  };
  add();
  maker.forget_targets();
  field.name = "b";
  add();
  const auto samples = testing::batch{maker.batch()}.samples();
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(to_text(samples[0]), "test a=true");
  EXPECT_EQ(to_text(samples[1]), "test b=true");
}

}  // namespace
}  // namespace tidegate::codec
