// Whatever stands in a file, reading its ELF header and symbols ends, stays inside it and asks for little
// memory.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "plugin/elf_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = [&](std::uint64_t offset, void* to, std::size_t bytes) {
    if (offset > size || bytes > size - offset) return false;
    std::memcpy(to, data + offset, bytes);
    return true;
  };
  tidegate::plugin::elf_file made;
  std::string problem;
  // What is refused says why, and what is not has nothing to say.
  if (tidegate::plugin::read_elf(read, made, problem) != problem.empty()) std::abort();
  return 0;
}
