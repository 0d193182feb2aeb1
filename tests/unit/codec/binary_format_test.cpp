// Declared layouts.
#include <gtest/gtest.h>

#include "decode_support.hpp"

namespace tidegate::codec {
namespace {

using namespace std::string_literals;

option_value place(const char* name, int offset, const char* type) {
  return map({{"name", name}, {"offset", offset}, {"type", type}});
}

TEST(a_layout, has_integers_of_every_width_in_both_orders) {
  const std::string bytes = "\xFE\xFF\xFE\xFF\xFF\xFE\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"s;
  EXPECT_EQ(decoded({{"format",
                      map({{"type", "binary"},
                           {"layout", list({place("a", 0, "i8"), place("b", 1, "i16"), place("c", 3, "i24"),
                                            place("d", 6, "i32"), place("e", 10, "i64")})}})}},
                    bytes),
            "test a=-2 b=-2 c=-2 d=-2 e=-2");
  EXPECT_EQ(decoded({{"format",
                      map({{"type", "binary"},
                           {"byte_order", "little"},
                           {"layout", list({place("a", 0, "u8"), place("b", 0, "u16"), place("c", 0, "u24"),
                                            place("d", 0, "u32"), place("e", 0, "u64")})}})}},
                    "\1\2\3\4\5\6\7\x80"s),
            "test a=1u b=513u c=197121u d=67305985u e=9225348980303659521u");
}

TEST(a_layout, has_floats_flags_texts_and_bytes) {
  EXPECT_EQ(
      decoded({{"format",
                map({{"type", "binary"},
                     {"layout",
                      list({place("f", 0, "f32"), place("d", 4, "f64"),
                            map({{"name", "on"}, {"offset", 12}, {"type", "bool"}, {"bit", 2}}),
                            place("any", 12, "bool"),
                            map({{"name", "off"}, {"offset", 12}, {"type", "bool"}, {"bit", 0}}),
                            map({{"name", "s"}, {"offset", 13}, {"type", "string"}, {"length", 4}}),
                            map({{"name", "b"}, {"offset", 13}, {"type", "bytes"}, {"length", 4}})})}})}},
              "\x41\xAC\0\0\xC0\x45\x80\0\0\0\0\0\4ab\0x"s),
      "test f=21.5f d=-43f on=true any=true off=false s='ab' b='ab\\x00x'");
}

TEST(a_layout, has_scales_and_tags_and_a_time) {
  const option_map with{
      {"format",
       map({{"type", "binary"},
            {"time", map({{"from", "ts"}, {"format", "epoch_s"}})},
            {"tags", list({"unit"})},
            {"layout",
             list(
                 {place("unit", 0, "u8"), place("ts", 1, "u32"),
                  map({{"name", "t"}, {"offset", 5}, {"type", "i16"}, {"scale", 0.1}, {"shift", -40}})})}})}};
  EXPECT_EQ(decoded(with, "\7\0\0\0\5\1\2"s), "test,unit=7 t=-14.2f @5000000000");
}

TEST(a_layout, gives_numbers_as_texts_in_digits) {
  EXPECT_EQ(
      decoded(
          {{"format",
            map({{"type", "binary"},
                 {"types", map({{"id", "string"}, {"f", "string"}, {"t", "string"}})},
                 {"layout", list({place("id", 0, "u16"), place("f", 2, "f32"),
                                  map({{"name", "t"}, {"offset", 0}, {"type", "u16"}, {"scale", 0.5}})})}})}},
          "\x01\x02\x41\xAC\0\0"s),
      "test id='258' f='21.5' t='129'");
}

TEST(a_layout, has_times_in_floats_and_in_scaled_numbers) {
  const auto with = [](option_value time, const char* unit) {
    return option_map{{"format", map({{"type", "binary"},
                                      {"time", map({{"from", "ts"}, {"format", unit}})},
                                      {"layout", list({std::move(time), place("n", 8, "u8")})}})}};
  };
  // 1.7e9, and its half as an integer.
  const std::string real = "\x41\xD9\x54\xFC\x40\0\0\0\5"s;
  const std::string whole = "\0\0\0\0\x32\xA9\xF8\x80\5"s;
  EXPECT_EQ(decoded(with(place("ts", 0, "f64"), "epoch_s"), real), "test n=5u @1700000000000000000");
  EXPECT_EQ(
      decoded(with(map({{"name", "ts"}, {"offset", 0}, {"type", "u64"}, {"scale", 2}}), "epoch_s"), whole),
      "test n=5u @1700000000000000000");
  EXPECT_EQ(
      decoded(with(map({{"name", "ts"}, {"offset", 0}, {"type", "u64"}, {"scale", 2e9}}), "epoch_ns"), whole),
      "test n=5u @1700000000000000000");
}

TEST(a_layout, says_how_long_a_message_is_unless_the_framing_does) {
  decoding it{{{"format", map({{"type", "binary"}, {"layout", list({place("a", 1, "u8")})}})}}};
  it.feed("x\1x\2x");
  EXPECT_EQ(it.samples(), "test a=1u\ntest a=2u");
  EXPECT_EQ(it.stream().pending(), 1U);
  decoding short_ones{{{"framing", map({{"type", "length-prefixed"}, {"length_bytes", 1}})},
                       {"format", map({{"type", "binary"}, {"layout", list({place("a", 1, "u8")})}})}}};
  short_ones.feed("\1x\2x\5\3x\6y"s);
  EXPECT_EQ(short_ones.samples(), "test a=5u\ntest a=6u");
  EXPECT_EQ(short_ones.faults(), "syntax=1");
}

TEST(a_value, that_is_not_a_number_is_left_out) {
  EXPECT_EQ(decoded({{"format", map({{"type", "binary"},
                                     {"layout", list({place("a", 0, "f32"), place("b", 4, "u8")})}})}},
                    "\x7F\xC0\0\0\1"s),
            "test b=1u");
}

TEST(a_float, that_is_not_finite_is_left_out_and_counted) {
  decoding it{
      {{"format", map({{"type", "binary"}, {"layout", list({place("a", 0, "f32"), place("b", 4, "u8")})}})}}};
  it.feed("\x7F\x80\0\0\1\xFF\x80\0\0\2"s);
  EXPECT_EQ(it.samples(), "test b=1u\ntest b=2u");
  EXPECT_EQ(it.faults(), "value=2");
}

TEST(layouts, that_cannot_be_are_refused) {
  const auto refused = [](option_value layout) {
    return decode_refusal({{"format", map({{"type", "binary"}, {"layout", std::move(layout)}})}});
  };
  EXPECT_EQ(decode_refusal({{"format", map({{"type", "binary"}})}}),
            "format.layout: is missing; say what stands where: [{name: temperature, offset: 0, type: i16}]");
  EXPECT_EQ(refused(list({place("a", 0, "u8"), place("a", 1, "u8")})),
            "format.layout[1].name: names 'a' a second time; names must differ");
  EXPECT_EQ(refused(list({place("a", 0, "string")})),
            "format.layout[0].length: is missing: how many bytes does it have?");
  EXPECT_EQ(refused(list({map({{"name", "a"}, {"type", "u8"}, {"length", 2}})})),
            "format.layout[0].length: is for the types string and bytes; remove it");
  EXPECT_EQ(refused(list({map({{"name", "a"}, {"type", "u8"}, {"bit", 2}})})),
            "format.layout[0].bit: is for the type bool; remove it");
}

}  // namespace
}  // namespace tidegate::codec
