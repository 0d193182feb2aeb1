// JSON as it comes in.
#include <gtest/gtest.h>

#include "decode_support.hpp"

namespace tidegate::codec {
namespace {

const option_map json{{"format", map({{"type", "json"}})}};

TEST(json_in, is_an_object_a_sample) {
  EXPECT_EQ(decoded(json, "{\"t\":21.5,\"n\":-3,\"on\":true,\"s\":\"x\"}\n{ \"t\" : 22.0 , \"n\" : 4 }\n"),
            "test t=21.5f n=-3 on=true s='x'\ntest t=22f n=4");
}

TEST(json_in, may_be_an_array_of_samples) {
  EXPECT_EQ(decoded(json, "[{\"t\":1},{\"t\":2}]\n[]\n[ {\"t\":3} ]"), "test t=1\ntest t=2\ntest t=3");
}

TEST(json_in, has_paths_for_what_is_nested) {
  EXPECT_EQ(decoded(json, R"({"a":{"b":1,"c":{"d":2}},"e":[3,{"f":4},[5]]})"),
            "test a.b=1 a.c.d=2 e.0=3 e.1.f=4 e.2.0=5");
}

TEST(json_in, keeps_numbers_as_they_are_written) {
  EXPECT_EQ(
      decoded(json, R"({"a":0,"b":-0,"c":9223372036854775807,"d":18446744073709551615,"e":1e3,"f":0.1})"),
      "test a=0 b=0 c=9223372036854775807 d=18446744073709551615u e=1000f f=0.1f");
  EXPECT_EQ(decoded(json, R"({"a":99999999999999999999,"b":123456789012345678,"c":1.7976931348623157e308})"),
            "test a=1e+20f b=123456789012345678 c=1.797693135e+308f");
}

TEST(json_in, leaves_out_what_is_null_and_what_is_not_a_number) {
  EXPECT_EQ(decoded(json, R"({"a":null,"b":nan,"c":NaN,"d":1})"), "test d=1");
}

TEST(json_in, leaves_out_and_counts_numbers_that_are_not_finite) {
  decoding it{json};
  it.feed(
      "{\"a\":1e400,\"b\":-1e400,\"c\":Infinity,\"d\":-Infinity,\"e\":inf,\"f\":-inf,\"g\":-nan,\"h\":1}\n");
  EXPECT_EQ(it.samples(), "test h=1");
  EXPECT_EQ(it.faults(), "value=6");
  EXPECT_EQ(it.log().at(0),
            "what came in could not be read: field 'a' is no finite number: '1e400'; decode_value_total "
            "counts all such");
  EXPECT_EQ(decoded({{"format", map({{"type", "json"}, {"scale", map({{"a", 10.0}})}})}},
                    "{\"a\":1e308,\"b\":1}\n"),
            "test b=1");
}

TEST(json_in, has_numbers_that_are_too_small_as_zero) {
  EXPECT_EQ(decoded(json, "{\"a\":1e-400,\"b\":-0.0001e-330,\"c\":0.000001e-320,\"d\":0e999,\"e\":5e-324}\n"),
            "test a=0f b=-0f c=0f d=0f e=4.940656458e-324f");
  EXPECT_EQ(decoded(json, "{\"a\":10000000000000000000000e-400,\"b\":0." + std::string(400, '0') +
                              "1,\"c\":1e-99999999999999999999}\n"),
            "test a=0f b=0f c=0f");
}

TEST(json_in, has_texts_with_every_escape) {
  EXPECT_EQ(
      decoded(json, R"({"a":"\"\\\/\b\f\n\r\t","b":"\u0041\u00e9\u20AC\ud83d\ude00","\u0063":""})"),
      "test a='\"\\/\\x08\\x0c\\x0a\\x0d\\x09' b='A\\xc3\\xa9\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80' c=''");
  EXPECT_EQ(decoded(json, R"({"a":"\ud83dx","b":"\ude00","c":"\ud83d\u0041"})"),
            "test a='\\xef\\xbf\\xbdx' b='\\xef\\xbf\\xbd' c='\\xef\\xbf\\xbdA'");
}

TEST(json_in, finds_values_wherever_they_stand) {
  EXPECT_EQ(
      decoded(json,
              "{\"a\":1,\"b\":2}\n{\"b\":3,\"a\":4}\n{\"b\":5}\n{\"a\":6,\"c\":7,\"b\":8}\n{\"a\":{\"b\":9},"
              "\"b\":1}\n"
              "{\"a\":3,\"b\":4}\n{\"ab\":1}\n{\"a\":[1,2]}\n{\"a\":{\"0\":1}}\n"),
      "test a=1 b=2\ntest b=3 a=4\ntest b=5\ntest a=6 c=7 b=8\ntest a.b=9 b=1\ntest a=3 b=4\ntest ab=1\ntest "
      "a.0=1 a.1=2\n"
      "test a.0=1");
}

TEST(json_in, has_tags_a_name_and_a_time_if_it_is_told_so) {
  const option_map mapped{{"format", map({{"type", "json"},
                                          {"time", map({{"from", "ts"}, {"format", "epoch_ms"}})},
                                          {"name", map({{"from", "kind"}})},
                                          {"tags", map({{"site", "where.site"}, {"id", "id"}})},
                                          {"types", map({{"t", "f64"}, {"n", "string"}})},
                                          {"scale", map({{"p", 0.5}})}})}};
  EXPECT_EQ(decoded(mapped, R"({"ts":1500,"kind":"k","where":{"site":"s"},"id":7,"t":21,"n":3,"p":3})"),
            "k,id=7,site=s t=21f n='3' p=1.5f @1500000000");
  EXPECT_EQ(decoded(mapped, R"({"ts":"1500","t":"21.5"})"), "test t=21.5f @1500000000");
}

TEST(json_in, gives_only_the_fields_that_are_chosen) {
  EXPECT_EQ(decoded({{"format", map({{"type", "json"}, {"fields", map({{"temperature", "a.t"}})}})}},
                    R"({"a":{"t":1,"u":2},"t":3})"),
            "test temperature=1");
  EXPECT_EQ(decoded({{"format", map({{"type", "json"}, {"fields", list({"b", "a"})}, {"name", "m"}})}},
                    R"({"a":1,"b":2,"c":3})"),
            "m a=1 b=2");
}

TEST(json_in, that_is_none_is_dropped_and_what_follows_is_read) {
  for (const auto* line : {"x",
                           "{",
                           "{\"a\"}}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{\"a\":1 \"b\":2}",
                           "{a:1}",
                           "[1]",
                           "[{\"a\":1}",
                           "1",
                           "\"x\"",
                           "{\"a\":tru}",
                           "{\"a\":1e}",
                           "{\"a\":-}",
                           "{\"a\":1.}",
                           "{\"a\":.5}",
                           "{\"a\":\"x}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12\"}",
                           "{\"a\":[1,]}",
                           "{\"a\":[1",
                           "{\"a\":{\"b\":1}",
                           "{\"a\":\"\\",
                           "{\"a\":1}{\"a\":2}",
                           "{\"a\":\"\\ud83d\\u1\"}",
                           "{\"a\":1x}"}) {
    decoding it{json};
    it.feed(std::string{line} + "\n{\"b\":2}\n");
    const auto samples = it.samples();
    EXPECT_TRUE(samples.ends_with("test b=2")) << line << ": " << samples;
    EXPECT_EQ(it.faults(), "syntax=1") << line;
  }
}

TEST(json_in, that_has_no_field_is_counted) {
  decoding it{json};
  it.feed("{}\n{\"a\":null}\n");
  EXPECT_EQ(it.faults(), "empty=2");
}

TEST(json_in, whose_time_cannot_be_read_is_dropped) {
  decoding it{{{"format", map({{"type", "json"}, {"time", map({{"from", "ts"}})}})}}};
  it.feed("{\"a\":1,\"ts\":\"never\"}\n{\"a\":2,\"ts\":\"2026-01-02T03:04:05Z\"}\n");
  EXPECT_EQ(it.samples(), "test a=2");
  EXPECT_EQ(it.faults(), "time=1");
}

TEST(a_value, that_does_not_fit_its_type_is_left_out_alone) {
  decoding it{{{"format", map({{"type", "json"},
                               {"types", map({{"a", "f64"}, {"b", "i64"}, {"c", "bool"}, {"d", "u64"}})}})}}};
  it.feed("{\"a\":\"x\",\"b\":1.5,\"c\":2,\"d\":-1,\"e\":5}\n{\"a\":true,\"b\":2.0,\"c\":1,\"d\":3}\n");
  EXPECT_EQ(it.samples(), "test e=5\ntest a=1f b=2 c=true d=3u");
  EXPECT_EQ(it.faults(), "value=4");
}

TEST(json_in, is_bounded_in_every_direction) {
  decoding it{json};
  std::string deep;
  for (int level = 0; level < 1000; ++level) deep += "{\"a\":";
  it.feed(deep + "\n" + std::string(1000, '[') + "\n{\"a\":" + std::string(1000, '[') + "\n");
  EXPECT_EQ(it.faults(), "syntax=3");
  std::string wide = "{\"a0\":0";
  for (int member = 1; member < 5000; ++member) wide += ",\"a" + std::to_string(member) + "\":0";
  it.feed(wide + "}\n");
  EXPECT_EQ(it.faults(), "syntax=4");
  it.feed("{\"" + std::string(1000, 'a') + "\":1}\n");
  EXPECT_EQ(it.faults(), "syntax=5");
  EXPECT_EQ(it.samples(), "");
}

TEST(json_in, with_ever_new_names_is_read_right_and_forgotten) {
  decoding it{json};
  for (int round = 0; round < 20'000; ++round)
    it.feed("{\"a" + std::to_string(round) + "\":1,\"b" + std::to_string(round) + "\":2}\n");
  EXPECT_EQ(it.size(), 20'000U);
  EXPECT_TRUE(it.samples().ends_with("\ntest a19998=1 b19998=2\ntest a19999=1 b19999=2"));
}

TEST(many_samples, come_in_batches) {
  decoding it{json};
  std::string bytes = "[";
  for (int index = 0; index < 10'000; ++index)
    bytes += (index == 0 ? "{\"a\":" : ",{\"a\":") + std::to_string(index) + "}";
  it.feed(bytes.substr(0, 60'000) + "\n");
  const auto lines = std::string(20'000, '\n');
  std::string many;
  for (int index = 0; index < 9000; ++index) many += "{\"a\":1}\n";
  EXPECT_LT(it.stream().feed(many, arrival), many.size());
  EXPECT_EQ(it.stream().batch().size(), 4096U);
}

TEST(the_first_fault_of_a_kind, is_logged_with_what_came_in) {
  decoding it{json};
  it.feed(
      "{\"a\" 1, \"long\": "
      "\"0123456789012345678901234567890123456789012345678901234567890123456789\"}\n{]\n");
  const auto log = it.log();
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0],
            "what came in could not be read: a ':' is missing in an object: '{\"a\" 1, \"long\": "
            "\"01234567890123456789012345678901234567890123456' and 25 bytes more; decode_syntax_total "
            "counts all such");
}

TEST(tags_of_a_stream, are_on_all_of_its_samples) {
  decoding it{json, {{"path", "/x"}, {"id", "under"}}};
  it.feed("{\"a\":1}\n");
  EXPECT_EQ(it.samples(), "test,id=under,path=/x a=1");
}

TEST(options_of_a_format, that_contradict_each_other_are_refused) {
  const auto refused = [](std::initializer_list<testing::option_entry> entries) {
    return decode_refusal({{"format", map(entries)}});
  };
  EXPECT_EQ(refused({{"type", "json"}, {"time", map({{"format", "epoch_s"}})}}),
            "format.time.from: is missing: which value is the time? Write time: arrival if there is none");
  EXPECT_EQ(refused({{"type", "json"}, {"time", map({{"from", "t"}, {"format", "soon"}})}}).substr(0, 38),
            "format.time.format: must be rfc3339, e");
  EXPECT_EQ(refused({{"type", "json"}, {"tags", list({"a"})}, {"fields", list({"a"})}}),
            "format.fields[0]: names 'a', which tags[0] names already; remove one of the two");
  EXPECT_EQ(refused({{"type", "json"}, {"fields", list({"a"})}, {"types", map({{"b", "f64"}})}}),
            "format.types.b: names a field that is not among 'fields'");
  EXPECT_EQ(refused({{"type", "json"}, {"types", map({{"b", "float"}})}}),
            "format.types.b: must be one of f64, i64, u64, bool, string; this is 'float'");
  EXPECT_EQ(decode_refusal({{"framing", map({{"type", "fixed"}})}, {"format", map({{"type", "json"}})}}),
            "framing.length: is missing: how many bytes does a frame have?");
}

}  // namespace
}  // namespace tidegate::codec
