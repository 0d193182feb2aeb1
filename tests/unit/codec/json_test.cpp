#include <gtest/gtest.h>

#include <limits>

#include "support.hpp"

namespace tidegate::codec {
namespace {

using namespace std::string_view_literals;

batch_builder& fill(batch_builder& builder) {
  const auto series = builder.series("cpu", {{"host", "x"}, {"cpu", "total"}});
  builder.sample(series, a_moment).field("usage", 12.3);
  return builder;
}

std::string encoded_cpu(const option_map& encoding) {
  batch_builder builder;
  return encoded(encoding, fill(builder));
}

// The message of the classic AWS IoT tutorial in Python, byte for byte:
//
//   encoding:
//     type: json
//     layout: flat
//     style: spaced
//     time: {as: time, format: "%Y/%m/%d %H:%M:%S"}
//     name: none
//     tags: none
//     fields: {cpu_util: usage}
//     decimals: 1
TEST(json, writes_the_message_of_the_aws_tutorial_byte_for_byte) {
  batch_builder builder;
  const auto series = builder.series("cpu", {{"cpu", "total"}, {"host", "PC-0001"}});
  builder.sample(series, 1'583'064'000'000'000'000)
      .field("user", 9.01)
      .field("usage", 12.3049)
      .field("system", 3.2);
  EXPECT_EQ(encoded({{"type", "json"},
                     {"layout", "flat"},
                     {"style", "spaced"},
                     {"time", map({{"as", "time"}, {"format", "%Y/%m/%d %H:%M:%S"}})},
                     {"name", "none"},
                     {"tags", "none"},
                     {"fields", map({{"cpu_util", "usage"}})},
                     {"decimals", 1}},
                    builder),
            R"({"time": "2020/03/01 12:00:00", "cpu_util": 12.3})");
}

TEST(json, has_time_name_tags_and_fields_if_nothing_is_said) {
  EXPECT_EQ(
      encoded_cpu({{"type", "json"}}),
      R"({"time":"2026-01-02T03:04:05.678Z","name":"cpu","tags":{"cpu":"total","host":"x"},"fields":{"usage":12.3}})");
}

TEST(json, is_ndjson_if_not_even_the_type_is_said) {
  const tidegate_value nothing{};
  EXPECT_EQ(make_encoder(options{nothing})->file_extension(), "ndjson");
  EXPECT_EQ(encoded_cpu({}), encoded_cpu({{"type", "json"}}) + "\n");
}

TEST(json, puts_everything_side_by_side_in_the_flat_layout) {
  EXPECT_EQ(encoded_cpu({{"type", "json"}, {"layout", "flat"}}),
            R"({"time":"2026-01-02T03:04:05.678Z","name":"cpu","cpu":"total","host":"x","usage":12.3})");
}

TEST(json, leaves_out_what_is_not_wanted) {
  EXPECT_EQ(encoded_cpu({{"type", "json"}, {"time", "none"}, {"name", "none"}, {"tags", "none"}}),
            R"({"fields":{"usage":12.3}})");
  EXPECT_EQ(encoded_cpu({{"type", "json"},
                         {"layout", "flat"},
                         {"time", "none"},
                         {"name", "none"},
                         {"tags", "none"},
                         {"fields", list({"absent"})}}),
            "{}");
}

TEST(json, renames_time_and_name) {
  EXPECT_EQ(encoded_cpu({{"type", "json"},
                         {"layout", "flat"},
                         {"time", map({{"as", "ts"}, {"format", "epoch_ms"}})},
                         {"name", map({{"as", "measurement"}})},
                         {"tags", "none"}}),
            R"({"ts":1767323045678,"measurement":"cpu","usage":12.3})");
}

TEST(json, writes_the_time_as_the_pattern_has_it_with_quotes_escaped) {
  EXPECT_EQ(
      encoded_cpu(
          {{"type", "json"}, {"time", map({{"format", "\"%H\\%M\""}})}, {"name", "none"}, {"tags", "none"}}),
      R"({"time":"\"03\\04\"","fields":{"usage":12.3}})");
}

TEST(json, writes_rfc3339_as_precisely_as_wanted) {
  EXPECT_EQ(
      encoded_cpu(
          {{"layout", "flat"}, {"name", "none"}, {"tags", "none"}, {"time", map({{"precision", "ns"}})}}),
      "{\"time\":\"2026-01-02T03:04:05.678901234Z\",\"usage\":12.3}\n");
}

TEST(json, writes_chosen_tags_and_fields_in_the_order_given) {
  batch_builder builder;
  builder.sample(builder.series("m", {{"a", "1"}, {"b", "2"}}), 0).field("x", 1).field("y", 2).field("z", 3);
  EXPECT_EQ(encoded({{"type", "json"},
                     {"time", "none"},
                     {"name", "none"},
                     {"tags", list({"b", "a", "c"})},
                     {"fields", list({"z", "x"})}},
                    builder),
            R"({"tags":{"b":"2","a":"1"},"fields":{"z":3,"x":1}})");
  EXPECT_EQ(encoded({{"type", "json"},
                     {"time", "none"},
                     {"name", "none"},
                     {"tags", map({{"B", "b"}})},
                     {"fields", map({{"Z", "z"}, {"again", "z"}})}},
                    builder),
            R"({"tags":{"B":"2"},"fields":{"Z":3,"again":3}})");
}

TEST(json, leaves_a_missing_field_out_or_writes_null) {
  batch_builder builder;
  const auto series = builder.series("m");
  builder.sample(series, 0).field("x", 1);
  builder.sample(series, 0).field("y", 2);
  EXPECT_EQ(encoded({{"layout", "flat"}, {"time", "none"}, {"name", "none"}, {"fields", list({"x", "y"})}},
                    builder),
            "{\"x\":1}\n{\"y\":2}\n");
  EXPECT_EQ(encoded({{"layout", "flat"},
                     {"time", "none"},
                     {"name", "none"},
                     {"fields", list({"x", "y"})},
                     {"missing", "empty"}},
                    builder),
            "{\"x\":1,\"y\":null}\n{\"x\":null,\"y\":2}\n");
}

TEST(json, writes_every_type_of_field) {
  batch_builder builder;
  const std::array<std::byte, 3> bytes{std::byte{0xFF}, std::byte{0}, std::byte{1}};
  builder.sample(builder.series("m"), 0)
      .field("yes", true)
      .field("no", false)
      .field("i", -5)
      .field("u", 5U)
      .field("f", 12.0)
      .field("s", "text")
      .field("b", std::span<const std::byte>{bytes});
  EXPECT_EQ(encoded({{"layout", "flat"}, {"time", "none"}, {"name", "none"}}, builder),
            R"({"yes":true,"no":false,"i":-5,"u":5,"f":12.0,"s":"text","b":"/wAB"})"
            "\n");
}

TEST(json, writes_an_object_for_one_sample_and_an_array_for_several) {
  batch_builder builder;
  const auto series = builder.series("m");
  builder.sample(series, 1).field("v", 1);
  const option_map encoding{
      {"type", "json"}, {"layout", "flat"}, {"name", "none"}, {"time", map({{"format", "epoch_ns"}})}};
  EXPECT_EQ(encoded(encoding, builder), R"({"time":1,"v":1})");
  builder.sample(series, 2).field("v", 2);
  EXPECT_EQ(encoded(encoding, builder), R"([{"time":1,"v":1},{"time":2,"v":2}])");
}

TEST(json, writes_an_array_in_any_case_if_told_so) {
  const option_map encoding{{"type", "json"}, {"layout", "flat"},  {"name", "none"},
                            {"time", "none"}, {"array", "always"}, {"style", "spaced"}};
  EXPECT_EQ(encoded_value(encoding, 1), R"([{"v": 1}])");
  batch_builder two;
  const auto series = two.series("m");
  two.sample(series, 0).field("v", 1);
  two.sample(series, 0).field("v", 2);
  EXPECT_EQ(encoded(encoding, two), R"([{"v": 1}, {"v": 2}])");
  EXPECT_EQ(encoded(encoding, batch_builder{}), "[]");
}

TEST(json, is_spaced_as_pythons_json_module_spaces_it) {
  EXPECT_EQ(
      encoded_cpu({{"type", "json"}, {"style", "spaced"}}),
      R"({"time": "2026-01-02T03:04:05.678Z", "name": "cpu", "tags": {"cpu": "total", "host": "x"}, "fields": {"usage": 12.3}})");
}

TEST(json, writes_null_for_what_is_no_number_unless_told_otherwise) {
  const auto with = [](const char* how, double value) {
    return encoded_value({{"layout", "flat"}, {"time", "none"}, {"name", "none"}, {"not_a_number", how}},
                         value);
  };
  constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(encoded_value({{"layout", "flat"}, {"time", "none"}, {"name", "none"}}, nan), "{\"v\":null}\n");
  EXPECT_EQ(with("empty", infinity), "{\"v\":null}\n");
  EXPECT_EQ(with("omit", nan), "{}\n");
  EXPECT_EQ(with("text", nan), "{\"v\":\"NaN\"}\n");
  EXPECT_EQ(with("text", infinity), "{\"v\":\"Infinity\"}\n");
  EXPECT_EQ(with("text", -infinity), "{\"v\":\"-Infinity\"}\n");
}

TEST(json, takes_the_right_separator_back_when_the_last_field_is_left_out) {
  batch_builder builder;
  builder.sample(builder.series("m"), 0).field("a", 1.0).field("b", std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(encoded({{"style", "spaced"},
                     {"time", "none"},
                     {"name", "none"},
                     {"tags", "none"},
                     {"not_a_number", "omit"}},
                    builder),
            "{\"fields\": {\"a\": 1.0}}\n");
}

TEST(json, writes_all_digits_of_64_bit_integers) {
  const option_map as_number{{"layout", "flat"}, {"time", "none"}, {"name", "none"}};
  EXPECT_EQ(encoded_value(as_number, std::numeric_limits<std::uint64_t>::max()),
            "{\"v\":18446744073709551615}\n");
  EXPECT_EQ(encoded_value(as_number, std::numeric_limits<std::int64_t>::min()),
            "{\"v\":-9223372036854775808}\n");
}

TEST(json, writes_integers_beyond_2_to_53_as_text_if_told_so) {
  const option_map as_text{{"layout", "flat"}, {"time", "none"}, {"name", "none"}, {"big_integers", "text"}};
  EXPECT_EQ(encoded_value(as_text, std::uint64_t{1} << 53), "{\"v\":9007199254740992}\n");
  EXPECT_EQ(encoded_value(as_text, (std::uint64_t{1} << 53) + 1), "{\"v\":\"9007199254740993\"}\n");
  EXPECT_EQ(encoded_value(as_text, -(std::int64_t{1} << 53)), "{\"v\":-9007199254740992}\n");
  EXPECT_EQ(encoded_value(as_text, -(std::int64_t{1} << 53) - 1), "{\"v\":\"-9007199254740993\"}\n");
}

// ---- The same key twice ----------------------------------------------------------------------------------

TEST(a_flat_object, has_the_field_where_a_tag_has_the_same_name) {
  batch_builder builder;
  const auto series = builder.series("m", {{"port", "eth0"}, {"x", "y"}});
  builder.sample(series, 0).field("port", 8883);
  builder.sample(series, 0).field("rate", 1);
  builder.sample(series, 0).field("port", 1883);
  EXPECT_EQ(encoded({{"layout", "flat"}, {"time", "none"}, {"name", "none"}}, builder),
            "{\"x\":\"y\",\"port\":8883}\n{\"port\":\"eth0\",\"x\":\"y\",\"rate\":1}\n{\"x\":\"y\",\"port\":"
            "1883}\n");
}

TEST(a_flat_object, keeps_time_and_name_whatever_tags_and_fields_are_called) {
  batch_builder builder;
  builder.sample(builder.series("m", {{"name", "tag"}, {"time", "tag"}}), 0)
      .field("time", 5)
      .field("name", 6)
      .field("v", 7);
  EXPECT_EQ(encoded({{"layout", "flat"}, {"time", map({{"format", "epoch_s"}})}}, builder),
            "{\"time\":0,\"name\":\"m\",\"v\":7}\n");
  EXPECT_EQ(encoded({{"layout", "flat"}, {"time", "none"}, {"name", "none"}, {"tags", "none"}}, builder),
            "{\"time\":5,\"name\":6,\"v\":7}\n");
}

TEST(an_object, has_the_first_of_two_fields_with_one_name) {
  batch_builder builder;
  builder.sample(builder.series("m"), 0).field("v", 1).field("w", 2).field("v", 3);
  EXPECT_EQ(encoded({{"layout", "flat"}, {"time", "none"}, {"name", "none"}}, builder),
            "{\"v\":1,\"w\":2}\n");
}

// ---- Ranges of samples -----------------------------------------------------------------------------------

TEST(a_payload, has_the_samples_of_a_range_over_all_slices) {
  batch_builder first;
  batch_builder second;
  for (int index = 0; index < 4; ++index) {
    first.sample(first.series("a", {{"n", std::to_string(index)}}), 0).field("v", index);
    second.sample(second.series("b"), 0).field("w", index);
  }
  const testing::batch one{first};
  const testing::batch two{second};
  const tidegate_slice slices[] = {
      {one.view().data(), 1, 2}, {one.view().data(), 0, 1}, {two.view().data(), 1, 3}};
  const auto encoder = make_encoder(option_map{{"time", "none"}, {"layout", "flat"}});
  const auto range = [&](std::uint32_t from, std::uint32_t count) {
    std::string payload;
    encoder->encode(slices, from, count, payload);
    return payload;
  };
  const std::string lines[] = {"{\"name\":\"a\",\"n\":\"1\",\"v\":1}\n",
                               "{\"name\":\"a\",\"n\":\"2\",\"v\":2}\n",
                               "{\"name\":\"a\",\"n\":\"0\",\"v\":0}\n",
                               "{\"name\":\"b\",\"w\":1}\n",
                               "{\"name\":\"b\",\"w\":2}\n",
                               "{\"name\":\"b\",\"w\":3}\n"};
  for (std::uint32_t from = 0; from <= 6; ++from)
    for (std::uint32_t count = 0; from + count <= 6; ++count) {
      std::string expected;
      for (std::uint32_t index = from; index < from + count; ++index) expected += lines[index];
      EXPECT_EQ(range(from, count), expected) << from << " " << count;
    }
}

TEST(a_payload, is_appended) {
  batch_builder builder;
  builder.sample(builder.series("m"), 0).field("v", 1);
  const testing::batch batch{builder};
  const auto slice = batch.slice();
  std::string payload = "before ";
  make_encoder(option_map{{"type", "json"}, {"layout", "flat"}, {"time", "none"}, {"name", "none"}})
      ->encode({&slice, 1}, 0, 1, payload);
  EXPECT_EQ(payload, "before {\"v\":1}");
}

// An encoder must not believe that a block is the one it saw at this address before.
TEST(a_payload, follows_a_block_that_lies_where_another_one_was) {
  batch_builder first;
  batch_builder second;
  first.sample(first.series("aaaa"), 0).field("one", 1);
  second.sample(second.series("bbbb"), 0).field("two", 2);
  ASSERT_EQ(first.bytes(), second.bytes());
  std::vector<std::uint64_t> memory(first.bytes() / 8);
  const auto encoder = make_encoder(option_map{{"layout", "flat"}, {"time", "none"}});
  const tidegate_slice slice{memory.data(), 0, 1};
  std::string payload;
  first.write_to(memory.data());
  encoder->encode({&slice, 1}, 0, 1, payload);
  second.write_to(memory.data());
  encoder->encode({&slice, 1}, 0, 1, payload);
  EXPECT_EQ(payload, "{\"name\":\"aaaa\",\"one\":1}\n{\"name\":\"bbbb\",\"two\":2}\n");
}

TEST(a_payload, may_have_more_series_than_are_kept_at_a_time) {
  batch_builder builder;
  std::string expected;
  const std::string filler(3000, 'x');
  for (int index = 0; index < 3000; ++index) {
    const auto tag = std::to_string(index) + filler;
    builder.sample(builder.series("m", {{"t", tag}}), 0).field("v", index);
    expected += "{\"t\":\"" + tag + "\",\"v\":" + std::to_string(index) + "}\n";
  }
  EXPECT_TRUE(encoded({{"layout", "flat"}, {"time", "none"}, {"name", "none"}}, builder) == expected);
}

TEST(names, are_escaped_wherever_they_stand) {
  batch_builder builder;
  builder.sample(builder.series("a\"\n", {{"k\"", "v\x01"}}), 0).field("f\\\xFF", "\"");
  EXPECT_EQ(encoded({{"time", map({{"as", "t\""}, {"format", "epoch_s"}})}}, builder),
            "{\"t\\\"\":0,\"name\":\"a\\\"\\n\",\"tags\":{\"k\\\"\":\"v\\u0001\"},\"fields\":{"
            "\"f\\\\\uFFFD\":\"\\\"\"}}\n");
}

}  // namespace
}  // namespace tidegate::codec
