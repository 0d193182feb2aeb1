// A reader of CBOR for tests, which takes only what the encoder promises: every head and every float the
// shortest, every length known, text that is UTF-8, keys that are text. Written from RFC 8949 and not from
// the encoder: floats by arithmetic (appendix D), not by bits.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::cbor_reader {

struct item {
  enum kind { unsigned_integer, negative_integer, bytes, text, array, map, boolean, null, floating };
  kind is = null;
  std::uint64_t number = 0;  // an integer; a negative one is -1 - number; or a boolean
  double real = 0;
  std::string content;      // bytes or text
  std::vector<item> items;  // elements; of a map keys and values in turn

  // The first value of that key, or nothing.
  const item* find(std::string_view key) const {
    for (std::size_t index = 0; is == map && index + 1 < items.size(); index += 2)
      if (items[index].content == key) return &items[index + 1];
    return nullptr;
  }
};

inline bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t place) { return static_cast<unsigned char>(text[place]); };
    const std::size_t length = byte(at) < 0x80   ? 1
                               : byte(at) < 0xC0 ? 0
                               : byte(at) < 0xE0 ? 2
                               : byte(at) < 0xF0 ? 3
                               : byte(at) < 0xF8 ? 4
                                                 : 0;
    if (length == 0 || at + length > text.size()) return false;
    std::uint32_t point = length == 1 ? byte(at) : byte(at) & (0x7FU >> length);
    for (std::size_t place = 1; place < length; ++place) {
      if ((byte(at + place) & 0xC0) != 0x80) return false;
      point = point << 6 | (byte(at + place) & 0x3F);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    at += length;
  }
  return true;
}

class reader {
 public:
  explicit reader(std::string_view bytes) : rest_{bytes} {}
  bool is_at_end() const { return rest_.empty(); }

  // The next item; nothing where it is not one as promised.
  std::optional<item> next() {
    if (rest_.empty()) return std::nullopt;
    const auto initial = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    const unsigned information = initial & 31;
    if (initial >> 5 == 7) return simple_or_float(information);
    std::uint64_t argument = information;
    if (information >= 24 && !read_argument(information, argument)) return std::nullopt;
    switch (initial >> 5) {
      case 0:
        return integer(item::unsigned_integer, argument);
      case 1:
        return integer(item::negative_integer, argument);
      case 2:
        return content(item::bytes, argument);
      case 3:
        return content(item::text, argument);
      case 4:
        return collection(item::array, argument);
      case 5:
        return collection(item::map, argument);
      default:
        return std::nullopt;  // a tag
    }
  }

 private:
  bool take(std::size_t length, std::uint64_t& value) {
    if (rest_.size() < length) return false;
    value = 0;
    for (const char byte : rest_.substr(0, length)) value = value << 8 | static_cast<unsigned char>(byte);
    rest_.remove_prefix(length);
    return true;
  }

  // Not less than needs so many bytes.
  bool read_argument(unsigned information, std::uint64_t& argument) {
    constexpr std::uint64_t least[] = {24, 0x100, 0x10000, 0x100000000};
    return information <= 27 && take(std::size_t{1} << (information - 24), argument) &&
           argument >= least[information - 24];
  }

  static item integer(item::kind is, std::uint64_t number) {
    item made;
    made.is = is;
    made.number = number;
    return made;
  }

  std::optional<item> content(item::kind is, std::uint64_t length) {
    if (length > rest_.size()) return std::nullopt;
    item made;
    made.is = is;
    made.content = rest_.substr(0, length);
    rest_.remove_prefix(length);
    if (is == item::text && !is_utf8(made.content)) return std::nullopt;
    return made;
  }

  std::optional<item> collection(item::kind is, std::uint64_t count) {
    if (count > rest_.size()) return std::nullopt;
    item made;
    made.is = is;
    for (auto left = is == item::map ? 2 * count : count; left > 0; --left) {
      auto element = next();
      const bool is_key = is == item::map && left % 2 == 0;
      if (!element || (is_key && element->is != item::text)) return std::nullopt;
      made.items.push_back(std::move(*element));
    }
    return made;
  }

  std::optional<item> simple_or_float(unsigned information) {
    if (information == 20 || information == 21) return integer(item::boolean, information - 20);
    if (information == 22) return item{};
    std::uint64_t bits = 0;
    if (information < 25 || information > 27 || !take(std::size_t{1} << (information - 24), bits))
      return std::nullopt;
    item made;
    made.is = item::floating;
    made.real = information == 25   ? half(bits)
                : information == 26 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                                    : std::bit_cast<double>(bits);
    const auto shortest = std::isnan(made.real)  ? (bits == 0x7E00 ? 25U : 0U)
                          : is_half(made.real)   ? 25U
                          : is_single(made.real) ? 26U
                                                 : 27U;
    if (information != shortest) return std::nullopt;
    return made;
  }

  static double half(std::uint64_t bits) {
    const auto exponent = static_cast<int>(bits >> 10 & 31);
    const auto fraction = static_cast<double>(bits & 1023);
    const double magnitude = exponent == 0    ? std::ldexp(fraction, -24)
                             : exponent != 31 ? std::ldexp(fraction + 1024, exponent - 25)
                             : fraction == 0  ? std::numeric_limits<double>::infinity()
                                              : std::numeric_limits<double>::quiet_NaN();
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
  }
  // So many digits, steps no finer than 2^finest, and not too large.
  static bool fits(double value, int digits, int finest, int largest) {
    if (std::isinf(value) || value == 0) return true;
    int exponent = 0;
    const double fraction = std::frexp(value, &exponent);
    const auto is_whole = [](double number) { return number == std::trunc(number); };
    return exponent <= largest && is_whole(std::ldexp(fraction, digits)) &&
           (exponent - digits >= finest || is_whole(std::ldexp(fraction, exponent - finest)));
  }
  static bool is_half(double value) { return fits(value, 11, -24, 16); }
  static bool is_single(double value) { return fits(value, 24, -149, 128); }

  std::string_view rest_;
};

// All of the bytes as a sequence of items; nothing where that is not what they are.
inline std::optional<std::vector<item>> read_sequence(std::string_view bytes) {
  std::vector<item> made;
  for (reader from{bytes}; !from.is_at_end();) {
    auto next = from.next();
    if (!next) return std::nullopt;
    made.push_back(std::move(*next));
  }
  return made;
}

inline std::optional<item> read_one(std::string_view bytes) {
  auto all = read_sequence(bytes);
  if (!all || all->size() != 1) return std::nullopt;
  return std::move(all->front());
}

}  // namespace tidegate::cbor_reader
