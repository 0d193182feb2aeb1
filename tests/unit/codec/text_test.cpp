#include "codec/text.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <vector>

#include "support.hpp"

namespace tidegate::codec {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string json(std::string_view text) {
  std::string made;
  append_json_text(made, text);
  return made;
}

std::string mended(std::string_view text) {
  std::string made;
  plain_text(text, [&](std::string_view piece) { made += piece; });
  return made;
}

std::string base64(std::string_view bytes) {
  std::string made;
  base64_text(bytes, [&](std::string_view piece) { made += piece; });
  return made;
}

TEST(json_text, escapes_quotes_backslashes_and_control_characters) {
  EXPECT_EQ(json("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(json("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(json("\x00\x01\x1f\x7f"sv), "\"\\u0000\\u0001\\u001f\x7f\"");
}

TEST(json_text, leaves_valid_text_as_it_is) {
  EXPECT_EQ(json("温度 µs \U0001F600 /"), "\"温度 µs \U0001F600 /\"");
  EXPECT_EQ(json("line\u2028separator"), "\"line\u2028separator\"");
  EXPECT_EQ(json(""), "\"\"");
}

// The sequences of the Unicode standard's chapter 3.9 and what Python's errors="replace" makes of them.
TEST(invalid_utf8, becomes_one_replacement_character_a_sequence) {
  EXPECT_EQ(mended("a\xFF"
                   "b"),
            "a\uFFFDb");
  EXPECT_EQ(mended("\x80\x80"), "\uFFFD\uFFFD");
  EXPECT_EQ(mended("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(mended("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(mended("\xF4\x91\x92\x93\xFF\x41"), "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41");
  EXPECT_EQ(mended("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), "\uFFFD\uFFFD\uFFFD\uFFFD\x41");
  EXPECT_EQ(mended("cut off \xE2\x82"), "cut off \uFFFD");
}

TEST(invalid_utf8, is_mended_in_every_encoding) {
  const auto bad =
      "a\xFF"
      "b"s;
  EXPECT_EQ(encoded_value({{"layout", "flat"}, {"time", "none"}}, std::string_view{bad}),
            "{\"name\":\"m\",\"v\":\"a\uFFFDb\"}\n");
  EXPECT_EQ(encoded_value({{"type", "csv"}, {"columns", list({"v"})}}, std::string_view{bad}), "a\uFFFDb\n");
  EXPECT_EQ(encoded_value({{"type", "line-protocol"}}, std::string_view{bad}), "m v=\"a\uFFFDb\" 0\n");
}

// One byte after the other, by RFC 8259, 7. Of UTF-8 it knows the euro sign.
std::string slowly_escaped(std::string_view text) {
  std::string made = "\"";
  for (; !text.empty(); text.remove_prefix(1)) {
    constexpr std::string_view named = "\"\\\b\f\n\r\t";
    constexpr std::string_view names = "\"\\bfnrt";
    const auto byte = static_cast<signed char>(text.front());
    char code[8];
    std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(byte));
    if (const auto place = named.find(text.front()); place != named.npos)
      made += {'\\', names[place]};
    else if (byte >= 0)
      made += byte < 0x20 ? code : std::string{text.front()};
    else if (text.starts_with("\u20AC"))
      made += "\u20AC", text.remove_prefix(2);
    else
      made += "\uFFFD";
  }
  return made + '"';
}

std::string repeated(std::size_t count, std::string_view what) {
  std::string made;
  for (; count != 0; --count) made += what;
  return made;
}

// Text is looked at in blocks of bytes.
TEST(json_text, is_escaped_the_same_at_every_place_of_a_block) {
  std::vector<std::string> things{"", "\u20AC", "\x1f\"", "\"#", "\\]", "\"\x80", "!\""};
  for (int byte = 0; byte < 256; ++byte) things.push_back(std::string(1, static_cast<char>(byte)));
  for (const auto& thing : things)
    for (std::size_t length = 0; length <= 26; ++length)
      for (std::size_t place = 0; place <= length; ++place) {
        const auto text = std::string(place, 'x') + thing + std::string(length - place, 'y');
        ASSERT_EQ(json(text), slowly_escaped(text)) << "at " << place << " of " << length;
      }
}

TEST(json_text, is_escaped_the_same_wherever_in_memory_it_begins_and_ends) {
  for (std::size_t begin = 0; begin < 16; ++begin)
    for (std::size_t length = 0; length <= 40; ++length)
      for (const std::string_view around : {"x", "\"", "\x01", "\xFF"}) {
        // Nothing behind it, so that sanitizers see what is read beyond.
        const auto bytes = repeated(begin, around) + std::string(length, 'x');
        const std::vector<char> memory(bytes.begin(), bytes.end());
        const std::string_view text{memory.data() + begin, length};
        ASSERT_EQ(json(text), slowly_escaped(text)) << length << " bytes from " << begin;
        const std::string_view whole{memory.data(), memory.size()};
        ASSERT_EQ(json(whole), slowly_escaped(whole)) << length << " bytes from " << begin;
      }
}

TEST(base64, pads_to_four_characters) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("\xFF\xFE\xFD"), "//79");
}

TEST(base64, goes_on_over_pieces_without_padding_between) {
  const std::string zeros(100, '\0');
  EXPECT_EQ(base64(zeros), std::string(134, 'A') + "==");
}

TEST(long_text, passes_unharmed_through_memory_that_is_smaller) {
  std::string text;
  for (int index = 0; text.size() < 200'000; ++index) text += "\n" + std::to_string(index);
  std::string escaped = text;
  for (std::size_t at = 0; (at = escaped.find('\n', at)) != std::string::npos; at += 2)
    escaped.replace(at, 1, "\\n");
  EXPECT_EQ(encoded_value({{"layout", "flat"}, {"time", "none"}, {"name", "none"}}, std::string_view{text}),
            "{\"v\":\"" + escaped + "\"}\n");
}

}  // namespace
}  // namespace tidegate::codec
