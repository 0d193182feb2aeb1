// Every framing: frames, noise, and what is too long, in pieces of every size.
#include "codec/framing/framing.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tidegate/testing.hpp"

namespace tidegate::codec {
namespace {

using namespace std::string_literals;
using testing::map;
using testing::option_map;

std::string show(const found& what) {
  if (what.is == found::kind::frame) return "[" + std::string{what.bytes} + "]";
  return "!" + std::string{name_of(what.reason)};
}

// Frames in brackets, faults by name behind a '!', and what is pending at the end.
std::string framed(const option_map& framing, std::string_view bytes, std::size_t piece,
                   pause at_end = pause::complete) {
  const auto stream = make_framing(framing)->open();
  std::string made;
  while (!bytes.empty()) {
    const std::string once{bytes.substr(0, piece)};
    bytes.remove_prefix(once.size());
    std::string_view rest{once};
    for (auto next = stream->next(rest); next.is != found::kind::more; next = stream->next(rest))
      made += show(next);
    EXPECT_TRUE(rest.empty());
  }
  const auto last = stream->end(at_end);
  if (last.is != found::kind::more) made += show(last);
  EXPECT_EQ(stream->end(pause::complete).is, found::kind::more);
  return made;
}

// The same in every chunking.
void expect_framed(const option_map& framing, const std::string& bytes, const std::string& expected,
                   pause at_end = pause::complete) {
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
    EXPECT_EQ(framed(framing, bytes, piece, at_end), expected) << "in pieces of " << piece;
}

TEST(lines, end_with_a_line_feed_with_or_without_a_carriage_return) {
  expect_framed({{"type", "line"}}, "a\nbc\r\n\n\r\nd", "[a][bc][d]");
}

TEST(lines, may_end_with_both_or_with_a_carriage_return_only) {
  expect_framed({{"type", "line"}, {"ending", "crlf"}}, "a\nb\r\nc\rd\r\n\r\n", "[a\nb][c\rd]");
  expect_framed({{"type", "line"}, {"ending", "cr"}}, "a\r\nb\rc\r\n", "[a][b][c]");
}

TEST(lines, may_end_with_bytes_of_ones_own) {
  expect_framed({{"type", "line"}, {"delimiter", "||"}}, "a|b||c||||d|", "[a|b][c][d|]");
  expect_framed({{"type", "line"}, {"delimiter", "aab"}}, "xaaabyaab", "[xa][y]");
  expect_framed({{"type", "line"}, {"delimiter", "0x03 0x04"}}, "a\3\3\4b\3\4", "[a\3][b]");
}

TEST(lines, that_are_too_long_are_skipped_up_to_their_end) {
  expect_framed({{"type", "line"}, {"max_size", 4}}, "abcd\nabcde\nab\nabcdefghijklmnop\nx\n",
                "[abcd]!too_long[ab]!too_long[x]");
  expect_framed({{"type", "line"}, {"max_size", 4}, {"delimiter", "||"}}, "abcd||abcdefghijkl|mn||ab||",
                "[abcd]!too_long[ab]");
  expect_framed({{"type", "line"}, {"max_size", 4}}, "ab\nabcdefg", "[ab]!too_long");
}

TEST(lines, that_break_off_are_dropped) {
  expect_framed({{"type", "line"}}, "a\nbc", "[a]!incomplete", pause::broken);
  expect_framed({{"type", "line"}}, "a\n", "[a]", pause::broken);
}

TEST(a_line, that_lies_whole_in_a_piece_is_given_where_it_lies) {
  const auto stream = make_framing(option_map{})->open();
  const std::string bytes = "abc\ndef\n";
  std::string_view rest{bytes};
  EXPECT_EQ(stream->next(rest).bytes.data(), bytes.data());
  EXPECT_EQ(stream->next(rest).bytes.data(), bytes.data() + 4);
}

TEST(what_is_pending, is_counted_from_the_last_boundary_also_while_something_is_skipped) {
  const auto stream = make_framing(option_map{{"max_size", 4}})->open();
  const auto feed = [&](std::string_view rest) {
    while (stream->next(rest).is != found::kind::more) {
    }
    return stream->pending();
  };
  EXPECT_EQ(feed("ab"), 2);
  EXPECT_EQ(feed("c\nde"), 2);
  EXPECT_EQ(feed("fghijklm"), 10);
  EXPECT_EQ(feed("nop"), 13);
  EXPECT_EQ(feed("\nq"), 1);
  EXPECT_EQ(feed("\n"), 0);
}

TEST(fixed_frames, have_so_many_bytes) {
  expect_framed({{"type", "fixed"}, {"length", 3}}, "abcdefgh", "[abc][def]!incomplete");
}

TEST(fixed_frames, begin_again_at_their_start_after_noise) {
  expect_framed({{"type", "fixed"}, {"length", 3}, {"start", "<"}}, "xy<ab<cdz<ef",
                "!boundary[<ab][<cd]!boundary[<ef]");
  expect_framed({{"type", "fixed"}, {"length", 4}, {"start", "BM"}}, "BBM12BMxyBBM34",
                "!boundary[BM12][BMxy]!boundary[BM34]");
  // What could have been a start was none, and nothing follows.
  expect_framed({{"type", "fixed"}, {"length", 9}, {"start", "BM"}}, "xxB1B2", "!boundary");
}

TEST(fixed_frames, are_told_from_what_was_cut_off_by_a_silence) {
  const auto stream =
      make_framing(option_map{{"type", "fixed"}, {"length", 3}, {"silence", 20'000'000}})->open();
  EXPECT_EQ(stream->silence(), std::chrono::milliseconds{20});
  std::string_view rest{"ab"};
  EXPECT_EQ(stream->next(rest).is, found::kind::more);
  EXPECT_EQ(stream->end(pause::silence).reason, fault::incomplete);
  rest = "def";
  EXPECT_EQ(stream->next(rest).bytes, "def");
}

TEST(frames_with_a_length, are_as_long_as_they_say) {
  expect_framed({{"type", "length-prefixed"}}, "\0\3abc\0\0\0\1d"s, "[abc][][d]");
  expect_framed({{"type", "length-prefixed"}, {"length_bytes", 1}, {"trailer_bytes", 1}}, "\2abX\1cY",
                "[abX][cY]");
  expect_framed({{"type", "length-prefixed"}, {"length_bytes", 2}, {"byte_order", "little"}}, "\1\0a"s,
                "[a]");
  expect_framed({{"type", "length-prefixed"},
                 {"length_bytes", 1},
                 {"header_bytes", 1},
                 {"length_counts", "frame"},
                 {"keep_header", true}},
                "h\4abH\3c", "[h\4ab][H\3c]");
}

TEST(frames_with_a_length, that_cannot_be_are_skipped_until_one_can) {
  expect_framed({{"type", "length-prefixed"}, {"length_bytes", 1}, {"max_size", 4}}, "\xFFzz\2ab\1c",
                "!boundary[ab][c]");
  expect_framed({{"type", "length-prefixed"}, {"length_bytes", 1}, {"max_size", 4}, {"start", "S"}},
                "S\x09SS\2abxS\1c", "!boundary[ab]!boundary[c]");
  expect_framed({{"type", "length-prefixed"}, {"length_bytes", 1}, {"length_counts", "frame"}}, "\0\2a"s,
                "!boundary[a]");
}

TEST(frames_between_markers, begin_at_the_last_start) {
  expect_framed({{"type", "markers"}, {"start", "<"}, {"end", ">"}}, "<a>\r\n<b><lost<c>",
                "[a][b]!boundary[c]");
  expect_framed({{"type", "markers"}, {"start", "<"}, {"end", ">"}}, "noise<a>more>",
                "!boundary[a]!boundary");
  expect_framed({{"type", "markers"}, {"start", "0x02"}, {"end", "0x03"}, {"keep_markers", true}}, "\2a\3\2b",
                "[\2a\3]!incomplete");
  expect_framed({{"type", "markers"}, {"start", "<"}, {"end", ">"}, {"max_size", 3}}, "<abc><abcdefgh><ab>",
                "[abc]!too_long[ab]");
  // Blanks between frames are nobody's loss; what is cut off behind so many of them is.
  expect_framed({{"type", "markers"}, {"start", "<"}, {"end", ">"}, {"max_size", 3}}, "<abc>\r\n", "[abc]");
  expect_framed({{"type", "markers"}, {"start", "<"}, {"end", ">"}, {"max_size", 3}}, "<abc>\r\n\r\n\r\n<ab",
                "[abc]!too_long");
}

TEST(slip, is_decoded) {
  expect_framed({{"type", "slip"}},
                "\xC0"
                "ab\xC0\xC0x\xDB\xDCy\xDB\xDDz\xC0",
                "[ab][x\xC0y\xDBz]");
  expect_framed({{"type", "slip"}},
                "ab\xDB?\xC0"
                "c\xC0"
                "d\xDB\xC0"
                "e",
                "!boundary[c]!boundary!incomplete");
  expect_framed({{"type", "slip"}, {"max_size", 2}},
                "abc\xC0"
                "ab\xC0\xDB\xDC\xDB\xDC\xC0"
                "abcdefg\xC0",
                "!too_long[ab][\xC0\xC0]!too_long");
}

TEST(cobs, is_decoded) {
  expect_framed({{"type", "cobs"}}, "\3ab\0\1\1\0\2a\2b\0\1\2c\0"s, "[ab][\0][a\0b][\0c]"s);
  expect_framed({{"type", "cobs"}}, "\5ab\0\2c\0"s, "!boundary[c]");
  // 254 bytes without a zero have a code that adds none.
  const std::string many(254, 'x');
  EXPECT_EQ(framed({{"type", "cobs"}}, "\xFF" + many + "\2y\0"s, 1000), "[" + many + "y]");
}

TEST(frames_that_end_by_silence, are_all_that_came_before_it) {
  const auto stream = make_framing(option_map{{"type", "silence"}, {"max_size", 5}})->open();
  EXPECT_EQ(stream->silence(), std::chrono::milliseconds{20});
  const auto feed = [&](std::string_view rest) { stream->next(rest); };
  feed("ab"), feed("cd");
  EXPECT_EQ(stream->pending(), 4);
  EXPECT_EQ(show(stream->end(pause::silence)), "[abcd]");
  EXPECT_EQ(stream->pending(), 0);
  feed("abcdef"), feed("ghijk");
  EXPECT_EQ(stream->pending(), 11);
  EXPECT_EQ(show(stream->end(pause::silence)), "!too_long");
  feed("a");
  EXPECT_EQ(show(stream->end(pause::broken)), "!incomplete");
  EXPECT_EQ(stream->end(pause::silence).is, found::kind::more);
}

TEST(datagrams, are_frames_as_they_are_read) {
  EXPECT_EQ(framed({{"type", "datagram"}, {"max_size", 4}}, "abcdefgh", 3), "[abc][def][gh]");
  EXPECT_EQ(framed({{"type", "datagram"}, {"max_size", 4}}, "abcdefgh", 5), "!too_long[fgh]");
}

TEST(noise, is_bounded_in_every_framing) {
  const std::vector<option_map> all = [] {
    std::vector<option_map> made;
    made.push_back({{"type", "line"}, {"max_size", 100}});
    made.push_back({{"type", "line"}, {"max_size", 100}, {"delimiter", "never"}});
    made.push_back({{"type", "fixed"}, {"length", 7}});
    made.push_back({{"type", "length-prefixed"}, {"max_size", 100}});
    made.push_back({{"type", "markers"}, {"start", "<"}, {"end", "never"}, {"max_size", 100}});
    made.push_back({{"type", "slip"}, {"max_size", 100}});
    made.push_back({{"type", "cobs"}, {"max_size", 100}});
    made.push_back({{"type", "silence"}, {"max_size", 100}});
    return made;
  }();
  const std::string noise(1'000'000, '\x7F');
  for (const auto& framing : all) {
    const auto stream = make_framing(framing)->open();
    std::string_view rest{noise};
    while (!rest.empty()) {
      auto piece = rest.substr(0, 1000);
      rest.remove_prefix(piece.size());
      while (stream->next(piece).is != found::kind::more) {
      }
    }
    EXPECT_NE(stream->end(pause::silence).bytes.size(), noise.size());
  }
}

std::string refusal(const option_map& framing) {
  try {
    make_framing(framing);
  } catch (const error& thrown) {
    return thrown.option() + ": " + thrown.what();
  }
  return "accepted";
}

TEST(options_of_a_framing, that_cannot_be_are_refused) {
  EXPECT_EQ(refusal({{"delimiter", ";"}, {"ending", "cr"}}),
            "delimiter: cannot be given beside 'ending'; remove one of the two");
  EXPECT_EQ(refusal({{"delimiter", "0x7"}}),
            "delimiter: must be 1 to 32 bytes, as text such as \"\\r\\n\" or hexadecimal such as 0x7e; this "
            "is '0x7'");
  EXPECT_EQ(refusal({{"type", "fixed"}}), "length: is missing: how many bytes does a frame have?");
  EXPECT_EQ(refusal({{"type", "fixed"}, {"length", 5}, {"max_size", 4}}),
            "length: must be from 1 to max_size, which is 4; this is 5");
  EXPECT_EQ(refusal({{"type", "markers"}, {"start", "<"}}),
            "end: is missing: what stands at the end of a frame? Such as \"<\" or 0x02");
  EXPECT_EQ(refusal({{"type", "markers"}, {"start", "|"}, {"end", "|"}}),
            "end: is the same as 'start'; write type: line with this as its delimiter");
  EXPECT_EQ(refusal({{"type", "lines"}}),
            "type: must be one of line, fixed, length-prefixed, markers, slip, cobs, silence, datagram; this "
            "is 'lines'");
}

}  // namespace
}  // namespace tidegate::codec
