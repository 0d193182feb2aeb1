// Random samples, read back by a reader that is not ours: always valid JSON, and nothing lost but what
// README.md says is.
#include <gtest/gtest.h>

#include <boost/json/src.hpp>
#include <cmath>
#include <set>

#include "random_samples.hpp"

namespace tidegate::codec {
namespace {

namespace json = boost::json;

void expect_equal(const json::value& read, field_value sent) {
  switch (sent.type()) {
    case type::boolean:
      EXPECT_EQ(read.as_bool(), sent.as_boolean());
      break;
    case type::i64:
      EXPECT_EQ(read.to_number<std::int64_t>(), sent.as_i64());
      break;
    case type::u64:
      EXPECT_EQ(read.to_number<std::uint64_t>(), sent.as_u64());
      break;
    case type::f64:
      if (!std::isfinite(sent.as_f64())) {
        EXPECT_TRUE(read.is_null());
      } else {
        // Boost 1.81 reads some numbers with an error of one in the last place.
        EXPECT_DOUBLE_EQ(read.as_double(), sent.as_f64());
      }
      break;
    case type::bytes: {
      std::string base64;
      base64_text(sent.as_text(), [&](std::string_view piece) { base64 += piece; });
      EXPECT_EQ(read.as_string(), base64);
      break;
    }
    default:
      EXPECT_EQ(read.as_string(), mended(sent.as_text()));
  }
}

// Names that differ only in what is not UTF-8 may come out equal: then only one of them can be looked at.
template <class Range>
bool are_distinct(const Range& names) {
  std::set<std::string> seen;
  for (const auto& name : names)
    if (!seen.insert(mended(name)).second) return false;
  return true;
}

void expect_nested(const json::object& read, const sample_view& sent) {
  EXPECT_EQ(read.at("name").as_string(), mended(sent.name()));
  std::vector<std::string_view> keys;
  for (const auto tag : sent.series().tags()) keys.push_back(tag.key);
  if (are_distinct(keys)) {
    EXPECT_EQ(read.at("tags").as_object().size(), keys.size());
    for (const auto tag : sent.series().tags())
      EXPECT_EQ(read.at("tags").at(mended(tag.key)).as_string(), mended(tag.value));
  }
  std::vector<std::string_view> names;
  for (const auto field : sent) names.push_back(field.name);
  if (!are_distinct(names)) return;
  EXPECT_EQ(read.at("fields").as_object().size(), names.size());
  for (const auto field : sent) expect_equal(read.at("fields").at(mended(field.name)), field.value);
}

TEST(json_of_any_samples, is_read_back_with_everything_in_it) {
  std::size_t samples = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    batch_builder builder;
    random_samples{seed}.fill(builder);
    const testing::batch batch{builder};
    const auto slice = batch.slice();
    std::string payload;
    make_encoder(
        option_map{{"type", "json"}, {"array", "always"}, {"style", seed % 2 ? "spaced" : "compact"}})
        ->encode({&slice, 1}, 0, slice.count, payload);
    json::error_code failed;
    const auto read = json::parse(payload, failed);
    ASSERT_FALSE(failed) << failed.message() << "\n" << payload;
    ASSERT_EQ(read.as_array().size(), slice.count);
    for (std::uint32_t index = 0; index < slice.count; ++index, ++samples)
      expect_nested(read.as_array()[index].as_object(), batch.view()[index]);
    if (HasFailure()) break;
  }
  EXPECT_GT(samples, 10'000U);
}

TEST(ndjson_of_any_samples, has_a_valid_object_on_every_line) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    batch_builder builder;
    random_samples{seed}.fill(builder);
    auto payload = encoded({{"layout", "flat"}, {"not_a_number", "omit"}, {"big_integers", "text"}}, builder);
    std::uint32_t lines = 0;
    for (std::size_t at = 0; at < payload.size(); ++lines) {
      const auto end = payload.find('\n', at);
      ASSERT_NE(end, std::string::npos);
      json::error_code failed;
      const auto read = json::parse(std::string_view{payload}.substr(at, end - at), failed);
      ASSERT_FALSE(failed) << seed << "\n" << payload.substr(at, end - at);
      ASSERT_TRUE(read.is_object());
      at = end + 1;
    }
    ASSERT_EQ(lines, builder.size());
  }
}

}  // namespace
}  // namespace tidegate::codec
