// A stranger's reader, written from sdk/BATCH.md alone, reads what the builder writes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <limits>
#include <string>

#include "blocks.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate {
namespace {

std::string read_with_python(const testing::batch& made) {
  const std::string file = ::testing::TempDir() + "tidegate-block-" + std::to_string(::getpid());
  std::ofstream{file, std::ios::binary}.write(static_cast<const char*>(made.view().data()),
                                              made.view().bytes());
  FILE* program = ::popen((PYTHON " " SCRIPTS "/read_block.py " + file).c_str(), "r");
  std::string printed;
  char piece[4096];
  while (const auto got = std::fread(piece, 1, sizeof piece, program)) printed.append(piece, got);
  EXPECT_EQ(::pclose(program), 0);
  std::remove(file.c_str());
  return printed;
}

TEST(ForeignReader, ReadsEveryTypeAndTheMergedTags) {
  batch_builder builder;
  const tag_view common[] = {{"host", "gw"}, {"site", "tokyo"}};
  builder.common_tags(common);
  const std::byte raw[] = {std::byte{0}, std::byte{255}};
  builder.sample(builder.series("plc", {{"line", "2"}, {"host", "own"}}), 1'600'000'000'000'000'001)
      .field("on", true)
      .field("low", std::numeric_limits<std::int64_t>::min())
      .field("high", std::numeric_limits<std::uint64_t>::max())
      .field("celsius", 21.5)
      .field("note", "caf\xc3\xa9")
      .field("raw", std::span{raw});
  builder.sample(builder.series("cpu"), -1).field("celsius", 0.25);
  EXPECT_EQ(
      read_with_python(testing::batch{builder}),
      R"({"name": "plc", "tags": {"host": "own", "line": "2", "site": "tokyo"}, "time": 1600000000000000001, )"
      R"("fields": {"on": true, "low": -9223372036854775808, "high": 18446744073709551615, "celsius": 21.5, )"
      R"("note": "caf\u00e9", "raw": "00ff"}})"
      "\n"
      R"({"name": "cpu", "tags": {"host": "gw", "site": "tokyo"}, "time": -1, "fields": {"celsius": 0.25}})"
      "\n");
}

// The block that BATCH.md shows in hexadecimal.
TEST(ForeignReader, HasAnExampleThatIsTrue) {
  std::ifstream page{SDK "/BATCH.md"};
  std::string bytes;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) inside = !inside;
    if (!inside || line.size() < 5 || line.starts_with("```")) continue;
    // Up to four groups of eight digits behind the address.
    for (std::size_t at = 5; at + 8 <= line.size() && at < 41; at += 9) {
      const auto group = line.substr(at, 8);
      if (group.find_first_not_of("0123456789abcdef") != std::string::npos) break;
      for (std::size_t digit = 0; digit < 8; digit += 2)
        bytes += static_cast<char>(std::stoi(group.substr(digit, 2), nullptr, 16));
    }
  }
  batch_builder builder;
  builder.sample(builder.series("t", {{"k", "v"}}), 1).field("c", 21.5);
  const testing::batch made{builder};
  EXPECT_EQ(bytes, std::string(static_cast<const char*>(made.view().data()), made.view().bytes()));
}

}  // namespace
}  // namespace tidegate
