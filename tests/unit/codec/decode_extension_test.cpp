// The decoders as a plugin has them: through the table of abi.h and the handles of the SDK.
#include <gtest/gtest.h>

#include "decode_support.hpp"

namespace tidegate::codec {
namespace {

struct decode_host : testing::host {
  decode_host() { set_decode(decode_extension()); }
};

const option_map& lines_of_json() {
  static const option_map made{{"framing", nullptr}, {"format", map({{"type", "json"}})}};
  return made;
}

tidegate::decoder make(const testing::host& host, const option_map& with) {
  return {host.source(), with.options()["framing"], with.options()["format"]};
}

TEST(a_source, decodes_through_the_host) {
  decode_host host;
  auto decoder = make(host, lines_of_json());
  const tag_view tag{"port", "a"};
  auto stream = decoder.open({&tag, 1});
  const auto submit = [&](void* block) { return host.source().submit(block); };
  EXPECT_TRUE(stream.feed("{\"a\":1}\n{\"a\":", arrival, submit));
  EXPECT_EQ(stream.pending(), 5U);
  EXPECT_EQ(stream.frames(), 1U);
  EXPECT_TRUE(stream.feed("2}\n{\n{\"a\":3}", arrival + 5, submit));
  EXPECT_EQ(stream.faults(), 1U);
  EXPECT_TRUE(stream.pause(TIDEGATE_PAUSE_COMPLETE, arrival + 6, submit));
  EXPECT_EQ(stream.pending(), 0U);
  std::vector<std::string> seen;
  for (const auto& each : host.samples()) seen.push_back(to_text(each));
  EXPECT_EQ(seen,
            (std::vector<std::string>{"test,port=a a=1", "test,port=a a=2 @" + std::to_string(arrival + 5),
                                      "test,port=a a=3 @" + std::to_string(arrival + 6)}));
  EXPECT_EQ(host.blocks_held(), 0U);
  EXPECT_TRUE(host.violations().empty());
}

TEST(a_source, that_is_being_stopped_gets_no_more_batches) {
  decode_host host;
  auto decoder = make(host, lines_of_json());
  auto stream = decoder.open();
  std::string many;
  for (int index = 0; index < 20'000; ++index) many += "{\"a\":1}\n";
  int batches = 0;
  host.answer_submits_with(TIDEGATE_STOPPING);
  EXPECT_FALSE(
      stream.feed(many, arrival, [&](void* block) { return ++batches, host.source().submit(block); }));
  EXPECT_EQ(batches, 1);
  EXPECT_EQ(host.blocks_held(), 0U);
}

TEST(a_source, is_told_which_option_is_wrong) {
  decode_host host;
  const option_map with{{"framing", map({{"type", "fixed"}})},
                        {"format", map({{"type", "json"}})},
                        {"how", map({{"type", "csv"}, {"columns", list({"a:b"})}})}};
  const auto refused = [&](const char* framing, const char* format) {
    try {
      tidegate::decoder{host.source(), with.options()[framing], with.options()[format]};
    } catch (const error& thrown) {
      return thrown.option();
    }
    return std::string{"accepted"};
  };
  EXPECT_EQ(refused("framing", "format"), "framing.length");
  EXPECT_EQ(refused("format", "how"), "how.columns[0]");
}

TEST(a_source, without_memory_for_a_batch_keeps_its_samples) {
  decode_host host;
  auto decoder = make(host, lines_of_json());
  auto stream = decoder.open();
  stream.feed_some("{\"a\":1}\n", arrival);
  host.set_out_of_memory(true);
  EXPECT_THROW(stream.take(), error);
  host.set_out_of_memory(false);
  EXPECT_TRUE(host.source().submit(stream.take()));
  EXPECT_EQ(host.samples().size(), 1U);
  EXPECT_EQ(stream.take(), nullptr);
}

TEST(a_plugin_in_c, that_breaks_the_contract_gets_an_error) {
  decode_host host;
  const auto& table = *decode_extension();
  void* decoder = nullptr;
  tidegate_error said{};
  said.size = sizeof said;
  const auto with = lines_of_json().options();
  ASSERT_EQ(table.create(host.raw(), &with["framing"].raw(), &with["format"].raw(), &decoder, &said),
            TIDEGATE_OK);
  void* stream = nullptr;
  const tidegate_entry unnamed{};
  EXPECT_EQ(table.open(decoder, &unnamed, 1, &stream, &said), TIDEGATE_ERROR_BUG);
  ASSERT_EQ(table.open(decoder, nullptr, 0, &stream, &said), TIDEGATE_OK);
  tidegate_decoded state{};
  EXPECT_EQ(table.feed(stream, text("x"), 0, &state, &said), TIDEGATE_ERROR_BUG);
  EXPECT_STREQ(said.text, "tidegate_decoded has no size, or one that is too small");
  state.size = sizeof state;
  EXPECT_EQ(table.pause(stream, 3, 0, &state, &said), TIDEGATE_ERROR_BUG);
  EXPECT_EQ(table.pause(stream, TIDEGATE_PAUSE_BROKEN, 0, &state, nullptr), TIDEGATE_OK);
  table.close(stream);
  table.destroy(decoder);
}

TEST(a_host, without_formats_says_so) {
  testing::host host;
  EXPECT_THROW(make(host, lines_of_json()), error);
}

}  // namespace
}  // namespace tidegate::codec
