#include "spool/crc32c.hpp"

#include <boost/crc.hpp>
#include <cstring>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace tidegate::spool {

namespace {

using function = std::uint32_t (*)(std::uint32_t, const std::byte*, std::size_t) noexcept;

// Boost's, where the processor has no instruction for it. Its remainder is kept reflected.
std::uint32_t portable(std::uint32_t crc, const std::byte* data, std::size_t bytes) noexcept {
  using reflected_initial = boost::crc_optimal<32, 0x1EDC6F41, 0, 0, true, true>;
  const auto reflect = [](std::uint32_t value) {
    std::uint32_t mirrored = 0;
    for (int bit = 0; bit < 32; ++bit) mirrored |= ((value >> bit) & 1u) << (31 - bit);
    return mirrored;
  };
  reflected_initial sum{reflect(crc)};
  sum.process_bytes(data, bytes);
  return sum.checksum();
}

template <class Word>
Word load(const std::byte* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t hardware(std::uint32_t crc, const std::byte* data,
                                                         std::size_t bytes) noexcept {
  std::uint64_t wide = crc;
  for (; bytes >= 8; bytes -= 8, data += 8) wide = __builtin_ia32_crc32di(wide, load<std::uint64_t>(data));
  crc = static_cast<std::uint32_t>(wide);
  for (; bytes != 0; --bytes, ++data) crc = __builtin_ia32_crc32qi(crc, load<std::uint8_t>(data));
  return crc;
}
bool has_hardware() noexcept { return __builtin_cpu_supports("sse4.2") != 0; }

#elif defined(__aarch64__)

// The two compilers have other names for it.
#if defined(__clang__)
#define TIDEGATE_CRC_TARGET __attribute__((target("crc")))
#define TIDEGATE_CRC_WORD __builtin_arm_crc32cd
#define TIDEGATE_CRC_BYTE __builtin_arm_crc32cb
#else
#define TIDEGATE_CRC_TARGET __attribute__((target("+crc")))
#define TIDEGATE_CRC_WORD __builtin_aarch64_crc32cx
#define TIDEGATE_CRC_BYTE __builtin_aarch64_crc32cb
#endif
TIDEGATE_CRC_TARGET std::uint32_t hardware(std::uint32_t crc, const std::byte* data,
                                           std::size_t bytes) noexcept {
  for (; bytes >= 8; bytes -= 8, data += 8) crc = TIDEGATE_CRC_WORD(crc, load<std::uint64_t>(data));
  for (; bytes != 0; --bytes, ++data) crc = TIDEGATE_CRC_BYTE(crc, load<std::uint8_t>(data));
  return crc;
}
bool has_hardware() noexcept {
  constexpr unsigned long crc32_bit = 1ul << 7;  // HWCAP_CRC32
  return (::getauxval(AT_HWCAP) & crc32_bit) != 0;
}

#else

constexpr function hardware = portable;
bool has_hardware() noexcept { return false; }

#endif

}  // namespace

std::uint32_t crc32c(std::uint32_t previous, const void* data, std::size_t bytes) noexcept {
  static const function chosen = has_hardware() ? hardware : portable;
  return ~chosen(~previous, static_cast<const std::byte*>(data), bytes);
}

std::uint32_t crc32c_portable(std::uint32_t previous, const void* data, std::size_t bytes) noexcept {
  return ~portable(~previous, static_cast<const std::byte*>(data), bytes);
}

}  // namespace tidegate::spool
