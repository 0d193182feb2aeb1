// What the source modbus makes of registers: whatever a device has in them, a number is finite and a text is
// no longer than its registers and ends before its first zero.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "registers.hpp"

namespace {

using namespace tidegate::modbus;

void must(bool holds) {
  if (!holds) std::abort();
}

// The first bytes choose how the others are read.
reading read_how(const unsigned char* data) {
  reading how;
  how.type = static_cast<type>(data[0] % 10);
  how.order = static_cast<byte_order>(data[1] % 4);
  if ((data[2] & 1) != 0) how.bit = data[3] % 16;
  if ((data[2] & 2) != 0) how.scale = data[3] / 100.0 - 1;
  if ((data[2] & 4) != 0) how.offset = data[3] * 1e300;
  return how;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  constexpr std::size_t head = 4;
  if (size < head + 2) return 0;
  const auto how = read_how(data);
  std::vector<std::uint16_t> registers;
  for (auto at = head; at + 1 < size; at += 2)
    registers.push_back(static_cast<std::uint16_t>(data[at] << 8 | data[at + 1]));
  if (how.type != type::text) registers.resize(registers_of(how.type));
  std::string room;
  const auto made = value_of(how, registers, room);
  if (const auto* number = std::get_if<double>(&made)) must(std::isfinite(*number));
  if (const auto* text = std::get_if<std::string_view>(&made)) {
    must(how.type == type::text && text->size() <= registers.size() * 2);
    must(text->find('\0') == text->npos);
  }
  return 0;
}
