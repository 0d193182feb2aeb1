#include <gtest/gtest.h>

#include <limits>

#include "cbor_reader.hpp"
#include "codec/number.hpp"
#include "codec/text.hpp"
#include "hex.hpp"
#include "random_samples.hpp"
#include "support.hpp"

namespace tidegate::codec {
namespace {

using namespace std::string_literals;
using cbor_reader::item;
using testing::option_value;

constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
constexpr auto infinity = std::numeric_limits<double>::infinity();

// As `style: spaced` writes the same in JSON.
std::string shown(const item& value) {
  std::string text;
  char number[number_bytes_max];
  const auto list = [&](char opening, char closing, std::string_view colon) {
    text += opening;
    for (std::size_t index = 0; index < value.items.size(); ++index) {
      if (index != 0) text += colon.empty() || index % 2 == 0 ? ", " : colon;
      text += shown(value.items[index]);
    }
    text += closing;
  };
  switch (value.is) {
    case item::null:
      return "null";
    case item::boolean:
      return value.number != 0 ? "true" : "false";
    case item::unsigned_integer:
      return std::to_string(value.number);
    case item::negative_integer:
      return std::to_string(-1 - static_cast<std::int64_t>(value.number));
    case item::floating:
      return std::isfinite(value.real) ? std::string{number, write_shortest(number, value.real)} : "null";
    case item::text:
      append_json_text(text, value.content);
      return text;
    case item::bytes:
      base64_text(value.content, [&](std::string_view piece) { text += piece; });
      return "\"" + text + "\"";
    case item::array:
      list('[', ']', "");
      return text;
    case item::map:
      list('{', '}', ": ");
      return text;
  }
  return "?";
}

// The payload, read back: each of its items on a line.
std::string read_back(const std::string& payload) {
  const auto items = cbor_reader::read_sequence(payload);
  if (!items) return "not CBOR: " + hex(payload);
  std::string text;
  for (const auto& each : *items) text += shown(each) + "\n";
  return text;
}

batch_builder& fill(batch_builder& builder) {
  const auto series = builder.series("cpu", {{"host", "x"}, {"cpu", "total"}});
  builder.sample(series, a_moment).field("usage", 12.3);
  return builder;
}

std::string encoded_cpu(const option_map& encoding) {
  batch_builder builder;
  return encoded(encoding, fill(builder));
}

// ---- Bytes -----------------------------------------------------------------------------------------------

TEST(cbor, has_time_name_tags_and_fields_if_nothing_is_said) {
  EXPECT_EQ(encoded_cpu({{"type", "cbor"}}),
            "\xA4"
            "\x64time\x78\x18"
            "2026-01-02T03:04:05.678Z"
            "\x64name\x63"
            "cpu"
            "\x64tags\xA2\x63"
            "cpu\x65total\x64host\x61x"
            "\x66"
            "fields\xA1\x65usage\xFB\x40\x28\x99\x99\x99\x99\x99\x9A"s);
}

TEST(cbor, puts_everything_side_by_side_in_the_flat_layout) {
  EXPECT_EQ(encoded_cpu({{"type", "cbor"}, {"layout", "flat"}, {"time", map({{"format", "epoch_s"}})}}),
            "\xA5"
            "\x64time\x1A\x69\x57\x35\xA5"
            "\x64name\x63"
            "cpu\x63"
            "cpu\x65total\x64host\x61x"
            "\x65usage\xFB\x40\x28\x99\x99\x99\x99\x99\x9A"s);
}

option_map bare(const char* type = "cbor") {
  return {{"type", type}, {"layout", "flat"}, {"time", "none"}, {"name", "none"}};
}

TEST(cbor, writes_every_type_of_field) {
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
  EXPECT_EQ(encoded(bare(), builder),
            "\xA7"
            "\x63yes\xF5"
            "\x62no\xF4"
            "\x61i\x24"
            "\x61u\x05"
            "\x61"
            "f\xF9\x4A\x00"
            "\x61s\x64text"
            "\x61"
            "b\x43\xFF\x00\x01"s);
}

TEST(cbor, writes_numbers_that_are_none_as_such) {
  EXPECT_EQ(encoded_value(bare(), nan), "\xA1\x61v\xF9\x7E\x00"s);
  EXPECT_EQ(encoded_value(bare(), -nan), "\xA1\x61v\xF9\x7E\x00"s);
  EXPECT_EQ(encoded_value(bare(), infinity), "\xA1\x61v\xF9\x7C\x00"s);
  EXPECT_EQ(encoded_value(bare(), -infinity), "\xA1\x61v\xF9\xFC\x00"s);
}

TEST(cbor, writes_all_of_64_bits) {
  EXPECT_EQ(encoded_value(bare(), std::numeric_limits<std::uint64_t>::max()),
            "\xA1\x61v\x1B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s);
  EXPECT_EQ(encoded_value(bare(), std::numeric_limits<std::int64_t>::min()),
            "\xA1\x61v\x3B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s);
}

TEST(cbor, writes_an_epoch_as_a_number_also_before_1970) {
  batch_builder builder;
  builder.sample(builder.series("m"), -1);
  const auto with = [&](const char* format) {
    return encoded({{"type", "cbor"},
                    {"layout", "flat"},
                    {"name", "none"},
                    {"time", map({{"as", "t"}, {"format", format}})}},
                   builder);
  };
  EXPECT_EQ(with("epoch_ns"), "\xA1\x61t\x20");
  EXPECT_EQ(with("epoch_s"), "\xA1\x61t\x20") << "rounded down";
}

TEST(cbor, rounds_to_decimals_and_keeps_a_floating_point_number) {
  auto with = [](int decimals, double value) {
    return encoded_value(
        {{"type", "cbor"}, {"layout", "flat"}, {"time", "none"}, {"name", "none"}, {"decimals", decimals}},
        value);
  };
  EXPECT_EQ(read_back(with(1, 12.3049)), "{\"v\": 12.3}\n");
  EXPECT_EQ(with(0, 12.3049), "\xA1\x61v\xF9\x4A\x00"s);
  EXPECT_EQ(with(1, -0.04), "\xA1\x61v\xF9\x00\x00"s) << "no negative zero";
  EXPECT_EQ(read_back(with(2, 2.675)), "{\"v\": 2.67}\n");
  EXPECT_EQ(read_back(with(2, 1e300)), "{\"v\": 1e+300}\n");
  EXPECT_EQ(with(2, nan), "\xA1\x61v\xF9\x7E\x00"s);
}

TEST(cbor, mends_text_and_counts_what_comes_out) {
  EXPECT_EQ(encoded_value(bare(), "a\xFF"),
            "\xA1\x61v\x64"
            "a\xEF\xBF\xBD"s);
  // As long as before, and not the same.
  EXPECT_EQ(encoded_value(bare(), "\xF0\x9F\x98"), "\xA1\x61v\x63\xEF\xBF\xBD"s);
  EXPECT_EQ(encoded_value(bare(), "\"\n\x01"), "\xA1\x61v\x63\"\n\x01"s) << "nothing is escaped";
  batch_builder builder;
  builder.sample(builder.series("m\xFF", {{"k\xFF", "v\xFF"}}), 0).field("f\xFF", 1);
  EXPECT_EQ(encoded({{"type", "cbor"}, {"time", map({{"format", "%Y\xFF"}})}}, builder),
            "\xA4"
            "\x64time\x67"
            "1970\xEF\xBF\xBD"
            "\x64name\x64m\xEF\xBF\xBD"
            "\x64tags\xA1\x64k\xEF\xBF\xBD\x64v\xEF\xBF\xBD"
            "\x66"
            "fields\xA1\x64"
            "f\xEF\xBF\xBD\x01"s);
}

TEST(cbor, counts_up_to_what_needs_a_longer_head) {
  for (const int count : {0, 1, 23, 24, 255, 256, 300}) {
    batch_builder builder;
    std::vector<std::string> names;
    for (int index = 0; index < count; ++index) names.push_back("f" + std::to_string(index));
    {
      auto sample = builder.sample(builder.series("m"), 0);
      for (const auto& name : names) sample.field(name, true);
    }
    for (const char* layout : {"nested", "flat"}) {
      const auto read = cbor_reader::read_one(encoded({{"type", "cbor"}, {"layout", layout}}, builder));
      ASSERT_TRUE(read) << count << layout;
      const auto& fields = *layout == 'f' ? *read : *read->find("fields");
      EXPECT_EQ(fields.items.size() / 2, static_cast<std::size_t>(*layout == 'f' ? count + 2 : count));
    }
  }
}

TEST(cbor, counts_no_tag_that_gives_way_to_a_field_or_to_the_time) {
  batch_builder builder;
  const auto series = builder.series("m", {{"port", "eth0"}, {"time", "t"}, {"x", "y"}});
  builder.sample(series, 0).field("port", 8883).field("name", 1);
  builder.sample(series, 0).field("rate", 1);
  builder.sample(series, 0).field("port", 1883);
  EXPECT_EQ(read_back(encoded(
                {{"type", "cbor-seq"}, {"layout", "flat"}, {"time", map({{"format", "epoch_s"}})}}, builder)),
            "{\"time\": 0, \"name\": \"m\", \"x\": \"y\", \"port\": 8883}\n"
            "{\"time\": 0, \"name\": \"m\", \"port\": \"eth0\", \"x\": \"y\", \"rate\": 1}\n"
            "{\"time\": 0, \"name\": \"m\", \"x\": \"y\", \"port\": 1883}\n");
}

TEST(cbor, has_room_for_texts_and_bytes_of_any_length) {
  for (std::size_t length : {23, 24, 255, 256, 16'300, 16'384, 65'535, 65'536, 200'000}) {
    batch_builder builder;
    const std::string text(length, 'x');
    builder.sample(builder.series("m"), 0)
        .field("b", std::as_bytes(std::span{text}))
        .field("t", text)
        .field("n", 7);
    const auto read = cbor_reader::read_one(encoded(bare(), builder));
    ASSERT_TRUE(read) << length;
    EXPECT_EQ(read->find("b")->content, text);
    EXPECT_EQ(read->find("t")->content, text);
    EXPECT_EQ(read->find("n")->number, 7U);
  }
}

// ---- One sample and several ------------------------------------------------------------------------------

batch_builder& fill_two(batch_builder& builder) {
  const auto series = builder.series("m");
  builder.sample(series, 0).field("v", 1);
  builder.sample(series, 0).field("v", 2);
  return builder;
}

TEST(cbor, writes_a_map_for_one_sample_and_an_array_for_several) {
  batch_builder builder;
  EXPECT_EQ(encoded_value(bare(), 1), "\xA1\x61v\x01");
  EXPECT_EQ(encoded(bare(), fill_two(builder)), "\x82\xA1\x61v\x01\xA1\x61v\x02");
  EXPECT_EQ(encoded(bare(), batch_builder{}), "\x80");
}

TEST(cbor, writes_an_array_in_any_case_if_told_so) {
  EXPECT_EQ(
      encoded_value(
          {{"type", "cbor"}, {"layout", "flat"}, {"time", "none"}, {"name", "none"}, {"array", "always"}}, 1),
      "\x81\xA1\x61v\x01");
}

TEST(a_cbor_sequence, has_the_maps_one_after_the_other) {
  batch_builder builder;
  EXPECT_EQ(encoded_value(bare("cbor-seq"), 1), "\xA1\x61v\x01");
  EXPECT_EQ(encoded(bare("cbor-seq"), fill_two(builder)), "\xA1\x61v\x01\xA1\x61v\x02");
  EXPECT_EQ(encoded(bare("cbor-seq"), batch_builder{}), "");
}

TEST(a_cbor_sequence, is_one_again_when_another_is_appended) {
  const auto first = encoded_value(bare("cbor-seq"), 1);
  const auto second = encoded_value(bare("cbor-seq"), 2);
  EXPECT_EQ(read_back(first + second), "{\"v\": 1}\n{\"v\": 2}\n");
}

TEST(cbor, says_what_it_is) {
  const auto one = make_encoder(option_map{{"type", "cbor"}});
  EXPECT_EQ(one->content_type(), "application/cbor");
  EXPECT_EQ(one->file_extension(), "cbor");
  const auto sequence = make_encoder(option_map{{"type", "cbor-seq"}});
  EXPECT_EQ(sequence->content_type(), "application/cbor-seq");
  EXPECT_EQ(sequence->file_extension(), "cborseq");
  EXPECT_EQ(preamble({{"type", "cbor-seq"}}), "");
}

// ---- The same as JSON ------------------------------------------------------------------------------------

// With options that both types take: as JSON, of which `style` is, or as CBOR.
std::vector<std::string> encoded_in_many_ways(const char* type, const option_value& style,
                                              const batch_builder& samples) {
  const option_map ways[] = {
      {{"type", type}, {"style", style}},
      {{"type", type}, {"style", style}, {"layout", "flat"}},
      {{"type", type},
       {"style", style},
       {"layout", "flat"},
       {"time", map({{"format", "epoch_ms"}})},
       {"name", map({{"as", "what"}})}},
      {{"type", type},
       {"style", style},
       {"time", map({{"as", "at"}, {"precision", "ns"}})},
       {"tags", "none"}},
      {{"type", type}, {"style", style}, {"time", map({{"format", "%A \"%d\"\\%6N"}})}, {"name", "none"}},
      {{"type", type},
       {"style", style},
       {"time", "none"},
       {"tags", list({"a", "k"})},
       {"fields", list({"f1", "f2", "f3"})}},
      {{"type", type},
       {"style", style},
       {"layout", "flat"},
       {"time", "none"},
       {"tags", map({{"A", "a"}})},
       {"fields", map({{"x", "f1"}, {"y", "f1"}, {"z", "nothing"}})},
       {"missing", "empty"}}};
  std::vector<std::string> made;
  for (const auto& way : ways) made.push_back(encoded(way, samples));
  return made;
}

TEST(cbor_of_any_samples, says_what_json_says) {
  std::size_t samples = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    batch_builder builder;
    random_samples{seed}.fill(builder);
    samples += builder.size();
    const auto compare = [&](const char* type, const char* json, const char* end) {
      const auto expected = encoded_in_many_ways(json, "spaced", builder);
      const auto payloads = encoded_in_many_ways(type, nullptr, builder);
      for (std::size_t way = 0; way < payloads.size(); ++way)
        ASSERT_TRUE(read_back(payloads[way]) == expected[way] + end) << seed << " " << way;
    };
    compare("cbor", "json", "\n");
    compare("cbor-seq", "ndjson", "");
    if (HasFailure()) break;
  }
  EXPECT_GT(samples, 3'000U);
}

}  // namespace
}  // namespace tidegate::codec
