#include "plugin/elf_file.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "folders.hpp"

namespace tidegate::plugin {
namespace {

read_at reader(const std::string& content) {
  return [&content](std::uint64_t offset, void* to, std::size_t bytes) {
    if (offset > content.size() || bytes > content.size() - offset) return false;
    std::memcpy(to, content.data() + offset, bytes);
    return true;
  };
}

struct outcome {
  bool good;
  elf_file made;
  std::string problem;
};

outcome read(const std::string& content) {
  outcome made{};
  made.good = read_elf(reader(content), made.made, made.problem);
  return made;
}

TEST(ElfFile, NamesTheOneSymbolThatAPluginExports) {
  const auto said = read(content_of(built("probe-parts.so")));
  ASSERT_TRUE(said.good) << said.problem;
  EXPECT_TRUE(said.made.ours);
  EXPECT_EQ(said.made.machine, own_machine());
  EXPECT_EQ(said.made.exports, std::vector<std::string>{"tidegate_plugin_entry_v1"});
}

TEST(ElfFile, OfTheOtherByteOrderIsNotOurs) {
  auto content = content_of(built("probe-parts.so"));
  content[EI_DATA] = ELFDATA2MSB;
  std::swap(content[16], content[17]);  // e_type
  std::swap(content[18], content[19]);  // e_machine
  const auto said = read(content);
  EXPECT_TRUE(said.good) << said.problem;
  EXPECT_FALSE(said.made.ours);
}

TEST(ElfFile, OfTheOtherWordSizeIsNotOurs) {
  auto content = content_of(built("probe-parts.so"));
  content[EI_CLASS] = content[EI_CLASS] == ELFCLASS64 ? ELFCLASS32 : ELFCLASS64;
  const auto said = read(content);
  EXPECT_TRUE(said.good) << said.problem;
  EXPECT_FALSE(said.made.ours);
}

TEST(ElfFile, OfAnUnknownMachineIsNamedByItsNumber) {
  auto content = content_of(built("probe-parts.so"));
  content[18] = 0x39;
  content[19] = 0x30;
  EXPECT_EQ(read(content).made.machine, "machine 12345");
}

TEST(ElfFile, CutAnywhereIsRefusedOrRead) {
  const auto content = content_of(built("bad_no_entry.so"));
  for (std::size_t length = 0; length < content.size(); ++length) {
    const auto said = read(content.substr(0, length));
    EXPECT_TRUE(said.good || !said.problem.empty()) << length;
  }
  EXPECT_FALSE(read(content.substr(0, content.size() - 1)).good);
}

TEST(ElfFile, WithAnyByteOfItsHeaderSpoiledIsRefusedOrRead) {
  const auto content = content_of(built("bad_no_entry.so"));
  for (std::size_t at = 0; at < sizeof(Elf64_Ehdr); ++at)
    for (const char value : {'\x00', '\x7f', '\xff'}) {
      auto spoiled = content;
      spoiled[at] = value;
      const auto said = read(spoiled);
      EXPECT_TRUE(said.good || !said.problem.empty()) << at;
    }
}

#if __SIZEOF_POINTER__ == 8
Elf64_Shdr& section(std::string& content, std::uint32_t type) {
  Elf64_Ehdr header;
  std::memcpy(&header, content.data(), sizeof header);
  auto* sections = reinterpret_cast<Elf64_Shdr*>(content.data() + header.e_shoff);
  for (int index = 0; index < header.e_shnum; ++index)
    if (sections[index].sh_type == type) return sections[index];
  throw std::runtime_error{"no such section"};
}

TEST(ElfFile, WhoseSymbolTableIsHugeIsRefusedWithoutReadingIt) {
  auto content = content_of(built("probe-parts.so"));
  section(content, SHT_DYNSYM).sh_size = std::uint64_t{1} << 60;
  EXPECT_EQ(read(content).problem, "has a damaged table of dynamic symbols");
}

TEST(ElfFile, WhoseSymbolsPointOutOfTheNamesHasSymbolsWithoutNames) {
  auto content = content_of(built("probe-parts.so"));
  section(content, SHT_STRTAB).sh_size = 1;
  const auto said = read(content);
  ASSERT_TRUE(said.good) << said.problem;
  EXPECT_EQ(said.made.exports, std::vector<std::string>{""});
}

TEST(ElfFile, WithoutDynamicSymbolsIsRefused) {
  auto content = content_of(built("probe-parts.so"));
  section(content, SHT_DYNSYM).sh_type = SHT_NOTE;
  EXPECT_EQ(read(content).problem, "has no table of dynamic symbols");
}
#endif

}  // namespace
}  // namespace tidegate::plugin
