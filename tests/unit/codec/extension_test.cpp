// The encoders as a plugin has them: through the table of abi.h and the handle of the SDK.
#include <gtest/gtest.h>

#include "support.hpp"
#include "tidegate/host.hpp"

namespace tidegate::codec {
namespace {

using namespace std::string_view_literals;

// A host with encodings and nothing else.
const void* extension(const tidegate_host*, tidegate_text name) {
  return view(name) == TIDEGATE_ENCODE ? encode_extension() : nullptr;
}

struct encoding_host {
  encoding_host() {
    raw.size = sizeof raw;
    raw.extension = extension;
  }
  tidegate_host raw{};
};

batch_builder& fill(batch_builder& builder) {
  for (int index = 0; index < 3; ++index) builder.sample(builder.series("m"), index).field("v", index);
  return builder;
}

TEST(a_plugin, encodes_through_the_host) {
  const encoding_host host;
  const option_map options{{"encoding", map({{"type", "line-protocol"}})}};
  tidegate::encoder encoder{component_host{&host.raw}, options.options()["encoding"]};
  batch_builder builder;
  const testing::delivery made{fill(builder)};
  tidegate::delivery delivery{nullptr, made.raw()};
  EXPECT_EQ(encoder.encode(delivery), "m v=0i 0\nm v=1i 1\nm v=2i 2\n");
  EXPECT_EQ(encoder.encode(delivery, 1, 1), "m v=1i 1\n");
  EXPECT_EQ(encoder.encode(delivery, 3, 0), "");
  EXPECT_EQ(encoder.content_type(), "text/plain; charset=utf-8");
  EXPECT_EQ(encoder.file_extension(), "lp");
  EXPECT_EQ(encoder.preamble(), "");
  delivery.release();
}

TEST(a_plugin, is_given_the_header_of_csv_as_preamble) {
  const encoding_host host;
  const option_map options{{"type", "csv"}, {"columns", list({"time", "v"})}};
  tidegate::encoder encoder{component_host{&host.raw}, options};
  EXPECT_EQ(encoder.preamble(), "time,v\n");
}

TEST(a_plugin, is_told_which_option_is_wrong) {
  const encoding_host host;
  const option_map options{{"encoding", map({{"time", map({{"format", "iso"}})}})}};
  try {
    tidegate::encoder{component_host{&host.raw}, options.options()["encoding"]};
    FAIL();
  } catch (const error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_CONFIGURATION);
    EXPECT_EQ(thrown.option(), "encoding.time.format");
  }
}

TEST(a_plugin, that_asks_for_samples_that_are_not_there_gets_an_error) {
  const encoding_host host;
  tidegate::encoder encoder{component_host{&host.raw}, option_map{}};
  batch_builder builder;
  const testing::delivery made{fill(builder)};
  tidegate::delivery delivery{nullptr, made.raw()};
  try {
    encoder.encode(delivery, 2, 2);
    FAIL();
  } catch (const error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_BUG);
    EXPECT_STREQ(thrown.what(), "encode is asked for 2 samples from 2 on, but the delivery has 3");
  }
  EXPECT_THROW(encoder.encode(delivery, UINT32_MAX, UINT32_MAX), error);
  delivery.release();
}

TEST(an_error, is_cut_where_it_does_not_fit_and_left_alone_where_nobody_asks) {
  const std::string name(1000, 'x');
  const option_map options{{"time", map({{"format", name}})}};
  tidegate_error said{};
  said.size = sizeof said;
  void* encoder = nullptr;
  EXPECT_EQ(encode_extension()->create(nullptr, &options.raw(), &encoder, &said),
            TIDEGATE_ERROR_CONFIGURATION);
  EXPECT_EQ(std::strlen(said.text), sizeof said.text - 1);
  EXPECT_EQ(encode_extension()->create(nullptr, &options.raw(), &encoder, nullptr),
            TIDEGATE_ERROR_CONFIGURATION);
  EXPECT_EQ(encoder, nullptr);
}

TEST(the_table, has_its_size_and_every_function) {
  const auto& table = *encode_extension();
  EXPECT_EQ(table.size, sizeof(tidegate_encode));
  EXPECT_TRUE(table.create && table.encode && table.content_type && table.file_extension && table.preamble &&
              table.destroy);
}

}  // namespace
}  // namespace tidegate::codec
