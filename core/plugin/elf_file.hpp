// What an ELF file says of itself: for which machine it is and which symbols it exports. Read without
// loading it, so that nothing in it can run, and without trust in any number that stands in it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tidegate::plugin {

struct elf_file {
  std::string machine;  // "x86-64", "aarch64"; "machine 1234" for one that has no name here
  bool ours = false;    // whether this program is built for the same
  // What other libraries can link to, in the order of the file. Empty for a foreign machine.
  std::vector<std::string> exports;
};

// Reads `bytes` bytes at `offset` to `to`; false if the file has not so many, or cannot be read.
using read_at = std::function<bool(std::uint64_t offset, void* to, std::size_t bytes)>;

// False, with a phrase in `problem` that completes "the file ...", if it is no shared library. Asks for at
// most 16 MiB at a time.
bool read_elf(const read_at& read, elf_file& made, std::string& problem);

// The name of the machine that this program is built for.
std::string own_machine();

}  // namespace tidegate::plugin
