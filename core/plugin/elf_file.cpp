#include "plugin/elf_file.hpp"

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace tidegate::plugin {

namespace {

// No table of a plugin is larger: what a damaged file may make us allocate.
constexpr std::uint64_t table_bytes_max = 16 * 1024 * 1024;

#if defined(__x86_64__)
constexpr std::uint16_t own = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t own = EM_AARCH64;
#elif defined(__arm__)
constexpr std::uint16_t own = EM_ARM;
#elif defined(__i386__)
constexpr std::uint16_t own = EM_386;
#elif defined(__riscv)
constexpr std::uint16_t own = EM_RISCV;
#elif defined(__powerpc64__)
constexpr std::uint16_t own = EM_PPC64;
#elif defined(__s390x__)
constexpr std::uint16_t own = EM_S390;
#else
#error "name this machine here"
#endif
constexpr unsigned char own_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;

struct types32 {
  using header = Elf32_Ehdr;
  using section = Elf32_Shdr;
  using symbol = Elf32_Sym;
};
struct types64 {
  using header = Elf64_Ehdr;
  using section = Elf64_Shdr;
  using symbol = Elf64_Sym;
};

std::string name_of(std::uint16_t machine, unsigned char file_class) {
  switch (machine) {
    case EM_X86_64:
      return file_class == ELFCLASS64 ? "x86-64" : "x32";
    case EM_AARCH64:
      return "aarch64";
    case EM_ARM:
      return "arm";
    case EM_386:
      return "i386";
    case EM_RISCV:
      return file_class == ELFCLASS64 ? "riscv64" : "riscv32";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390x";
    case EM_MIPS:
      return "mips";
    case EM_LOONGARCH:
      return "loongarch";
    default:
      return "machine " + std::to_string(machine);
  }
}

template <class Record>
bool read_table(const read_at& read, std::uint64_t offset, std::uint64_t count, std::vector<Record>& to) {
  if (count > table_bytes_max / sizeof(Record)) return false;
  to.resize(static_cast<std::size_t>(count));
  return count == 0 || read(offset, to.data(), to.size() * sizeof(Record));
}

// Everything that a linker of another library would find: bound globally (weak and unique count), defined
// here, and not hidden.
template <class Symbol>
bool is_exported(const Symbol& symbol) {
  const auto bind = symbol.st_info >> 4;
  const auto visibility = symbol.st_other & 3;
  return symbol.st_shndx != SHN_UNDEF && (bind == STB_GLOBAL || bind == STB_WEAK || bind == STB_GNU_UNIQUE) &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

// The terminated text at `offset`, or nothing if it does not end inside the table.
std::string_view text_at(const std::vector<char>& table, std::uint64_t offset) {
  if (offset >= table.size()) return {};
  const auto* begin = table.data() + offset;
  const auto* end = static_cast<const char*>(std::memchr(begin, 0, table.size() - offset));
  return end == nullptr ? std::string_view{} : std::string_view{begin, static_cast<std::size_t>(end - begin)};
}

template <class Types>
bool read_exports(const read_at& read, std::vector<std::string>& exports, std::string& problem) {
  typename Types::header header;
  if (!read(0, &header, sizeof header)) {
    problem = "ends inside its ELF header";
    return false;
  }
  std::vector<typename Types::section> sections;
  if (header.e_shentsize != sizeof(typename Types::section) ||
      !read_table(read, header.e_shoff, header.e_shnum, sections)) {
    problem = "ends before its section headers: it is truncated";
    return false;
  }
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [](const auto& section) { return section.sh_type == SHT_DYNSYM; });
  if (found == sections.end()) {
    problem = "has no table of dynamic symbols";
    return false;
  }
  std::vector<typename Types::symbol> symbols;
  std::vector<char> names;
  if (found->sh_link >= sections.size() || sections[found->sh_link].sh_type != SHT_STRTAB ||
      !read_table(read, found->sh_offset, found->sh_size / sizeof(typename Types::symbol), symbols) ||
      !read_table(read, sections[found->sh_link].sh_offset, sections[found->sh_link].sh_size, names)) {
    problem = "has a damaged table of dynamic symbols";
    return false;
  }
  for (const auto& symbol : symbols)
    if (is_exported(symbol)) exports.emplace_back(text_at(names, symbol.st_name));
  return true;
}

}  // namespace

std::string own_machine() { return name_of(own, own_class); }

bool read_elf(const read_at& read, elf_file& made, std::string& problem) {
  // The fields up to e_machine lie at the same place in all classes.
  unsigned char start[20];
  static_assert(offsetof(Elf64_Ehdr, e_machine) + 2 == sizeof start);
  if (!read(0, start, SELFMAG) || std::memcmp(start, ELFMAG, SELFMAG) != 0) {
    problem = "is no shared library: it does not begin with the ELF magic bytes";
    return false;
  }
  if (!read(0, start, sizeof start)) {
    problem = "ends inside its ELF header";
    return false;
  }
  const bool little = start[EI_DATA] == ELFDATA2LSB;
  const auto number = [&](std::size_t at) {
    return static_cast<std::uint16_t>(little ? start[at] | start[at + 1] << 8
                                             : start[at] << 8 | start[at + 1]);
  };
  const auto machine = number(offsetof(Elf64_Ehdr, e_machine));
  made.machine = name_of(machine, start[EI_CLASS]);
  constexpr bool own_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
  made.ours = machine == own && start[EI_CLASS] == own_class && little == own_little;
  if (number(offsetof(Elf64_Ehdr, e_type)) != ET_DYN) {
    problem = "is an ELF file, but no shared library";
    return false;
  }
  if (!made.ours) return true;
  if constexpr (own_class == ELFCLASS64) return read_exports<types64>(read, made.exports, problem);
  return read_exports<types32>(read, made.exports, problem);
}

}  // namespace tidegate::plugin
