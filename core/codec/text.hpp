// Text as it may stand in a payload: valid UTF-8, with what a format cannot take replaced.
//
// Names, tags and values come from devices and may hold any bytes. Each sequence that is not UTF-8 becomes
// one U+FFFD, the replacement character, as in browsers and in Python's errors="replace".
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tidegate::codec {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

// What a sequence that begins at `at` with a byte from 0x80 up is. An invalid one is as long as it is the
// beginning of something valid, and at least one byte.
struct sequence {
  std::size_t length;
  bool valid;
};
sequence look_at_sequence(const char* at, const char* end) noexcept;

// The bytes below 0x80 that a format replaces: those that are listed, and all control characters if Controls.
template <bool Controls, char... Bytes>
struct special_bytes {
  static constexpr bool has(unsigned char byte) noexcept {
    return (Controls && byte < 0x20) || ((byte == static_cast<unsigned char>(Bytes)) || ...);
  }

  // Of eight bytes of text at once: the highest bit of each that is special or no ASCII. The first byte is
  // the lowest. What is marked above the lowest mark may be wrong, since a subtraction borrows from there.
  static constexpr std::uint64_t marks(std::uint64_t eight) noexcept {
    auto marked = eight;
    if constexpr (Controls) marked |= eight - each(0x20);
    ((marked |= (eight ^ each(static_cast<unsigned char>(Bytes))) - each(1)), ...);
    return marked & each(0x80);
  }

 private:
  static constexpr std::uint64_t each(unsigned char byte) noexcept { return 0x0101010101010101U * byte; }
};

// The first byte that is special or no ASCII.
template <class Special>
const char* skip_plain(const char* at, const char* end, Special) noexcept {
  static_assert(std::endian::native == std::endian::little);
  // Long texts come from another core's cache: that takes less time when it need not be waited for each word.
  std::array<std::uint64_t, 4> words;
  for (; end - at >= std::ptrdiff_t{sizeof words}; at += sizeof words) {
    std::memcpy(words.data(), at, sizeof words);
    if ((Special::marks(words[0]) | Special::marks(words[1]) | Special::marks(words[2]) |
         Special::marks(words[3])) != 0)
      break;
  }
  for (; end - at >= 8; at += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, at, sizeof eight);
    if (const auto marks = Special::marks(eight); marks != 0) return at + std::countr_zero(marks) / 8;
  }
  const auto is_plain = [](unsigned char byte) { return byte < 0x80 && !Special::has(byte); };
  while (at != end && is_plain(static_cast<unsigned char>(*at))) ++at;
  return at;
}

// Hands the text on in pieces: emit(std::string_view) for what may stay and for what comes instead;
// replace(position, end, length) gives that for the special byte at the position, and may set `length`
// (one) to take more bytes.
template <class Special, class Replace, class Emit>
void transcribe(std::string_view text, Special special, Replace replace, Emit emit) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* run = at;
  const auto put = [&](std::string_view instead, std::size_t length) {
    if (at != run) emit(std::string_view{run, static_cast<std::size_t>(at - run)});
    emit(instead);
    at += length;
    run = at;
  };
  while ((at = skip_plain(at, end, special)) != end) {
    if (static_cast<unsigned char>(*at) < 0x80) {
      std::size_t length = 1;
      const auto instead = replace(at, end, length);
      put(instead, length);
      continue;
    }
    const auto found = look_at_sequence(at, end);
    if (found.valid)
      at += found.length;
    else
      put(replacement_character, found.length);
  }
  if (at != run) emit(std::string_view{run, static_cast<std::size_t>(at - run)});
}

using json_special = special_bytes<true, '"', '\\'>;

// What stands for a byte of json_special inside a JSON string: "\\n", "\\u0001".
std::string_view json_escape(char byte) noexcept;

// The inside of a JSON string.
template <class Emit>
void json_text(std::string_view text, Emit emit) {
  transcribe(
      text, json_special{}, [](const char* at, const char*, std::size_t&) { return json_escape(*at); }, emit);
}
// A whole one, with its quotes.
void append_json_text(std::string& to, std::string_view text);

// Only UTF-8 is mended.
template <class Emit>
void plain_text(std::string_view text, Emit emit) {
  transcribe(
      text, special_bytes<false>{}, [](const char*, const char*, std::size_t&) { return std::string_view{}; },
      emit);
}

// RFC 4648 with padding, in pieces of at most 64 characters.
template <class Emit>
void base64_text(std::string_view bytes, Emit emit);

// Up to 48 bytes at once; returns the end of what was written, at most 64 bytes.
char* write_base64(char* at, std::string_view bytes) noexcept;

template <class Emit>
void base64_text(std::string_view bytes, Emit emit) {
  std::array<char, 64> piece;
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, 48);
    const char* end = write_base64(piece.data(), part);
    emit(std::string_view{piece.data(), static_cast<std::size_t>(end - piece.data())});
    bytes.remove_prefix(part.size());
  }
}

}  // namespace tidegate::codec
