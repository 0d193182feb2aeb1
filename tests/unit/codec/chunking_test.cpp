// Every format gives the same samples in whatever pieces its bytes come.
#include <gtest/gtest.h>

#include "decode_support.hpp"
#include "messages.hpp"

namespace tidegate::codec {
namespace {

TEST(a_stream, is_read_the_same_in_every_chunking) {
  for (const auto& message : messages()) {
    decoding whole{message.options};
    whole.feed(message.bytes).end(pause::complete);
    EXPECT_NE(whole.samples(), "") << message.what;
    // One byte at a time to more than there are; from 64 on in steps that hit every offset sooner or later.
    for (std::size_t piece = 1; piece <= message.bytes.size(); piece += piece < 64 ? 1 : 13) {
      decoding it{message.options};
      it.feed(message.bytes, piece).end(pause::complete);
      ASSERT_EQ(it.samples(), whole.samples()) << message.what << " in pieces of " << piece;
      ASSERT_EQ(it.faults(), whole.faults()) << message.what << " in pieces of " << piece;
    }
  }
}

TEST(a_long_stream, is_read_the_same_in_large_pieces) {
  for (const auto& message : messages()) {
    std::string many;
    while (many.size() < 200'000) many += message.bytes;
    decoding whole{message.options};
    whole.feed(many).end(pause::complete);
    for (const std::size_t piece : {1000UL, 4096UL, 65'536UL}) {
      decoding it{message.options};
      it.feed(many, piece).end(pause::complete);
      EXPECT_TRUE(it.samples() == whole.samples()) << message.what << " in pieces of " << piece;
    }
  }
}

}  // namespace
}  // namespace tidegate::codec
