// CBOR and CBOR sequences: how object_encoder.hpp writes them.
#include <charconv>
#include <cmath>

#include "codec/cbor_item.hpp"
#include "codec/encoders.hpp"
#include "codec/number.hpp"
#include "codec/object_encoder.hpp"
#include "codec/text.hpp"

namespace tidegate::codec {
namespace {

class cbor_form {
 public:
  static constexpr payload_kind one{"application/cbor", "cbor"};
  static constexpr payload_kind sequence{"application/cbor-seq", "cborseq"};

  explicit cbor_form(std::optional<int> decimals) : decimals_{decimals} {}

  // ---- Put together beforehand ----

  static void append_escaped(std::string& to, std::string_view text) {
    plain_text(text, [&](std::string_view piece) { to += piece; });
  }
  static void append_key(std::string& to, std::string_view key) { append_text(to, key); }
  static void append_text(std::string& to, std::string_view text) {
    append_head(to, cbor::major::text, mended_bytes(text));
    append_escaped(to, text);
  }
  static void append_null(std::string& to) {
    char item[cbor::head_bytes_max];
    to.append(item, cbor::write_null(item));
  }
  static void append_map(std::string& to, std::uint32_t count, std::string_view members) {
    append_head(to, cbor::major::map, count);
    to += members;
  }
  static void append_before_time(std::string&, bool) {}
  static void append_behind_time(std::string&, bool) {}

  // ---- Written for each sample ----

  static char* open_array(char* at, std::uint32_t count) noexcept {
    return cbor::write_head(at, cbor::major::array, count);
  }
  static char* open_map(char* at, std::uint32_t count) noexcept {
    return cbor::write_head(at, cbor::major::map, count);
  }
  static char* close_array(char* at) noexcept { return at; }
  static char* close_map(char* at) noexcept { return at; }
  static char* separate(char* at) noexcept { return at; }
  static char* end_line(char* at) noexcept { return at; }

  static char* time(output& to, char* at, time_format& format, std::int64_t time) {
    at = to.reserve(at, room_bytes);
    if (format.is_number()) return cbor::write_integer(at, format.number_at(time));
    const auto text = format.at(time);
    return to.append(cbor::write_head(at, cbor::major::text, text.size()), text);
  }

  static char* boolean(char* at, bool value) noexcept { return cbor::write_boolean(at, value); }
  template <class Integer>
  static char* integer(char* at, Integer value) noexcept {
    return cbor::write_integer(at, value);
  }
  static constexpr bool omits(double) noexcept { return false; }
  char* floating(char* at, double value) const noexcept {
    return cbor::write_float(at, decimals_ ? rounded(value) : value);
  }

  static char* text(output& to, char* at, std::string_view text) {
    at = cbor::write_head(at, cbor::major::text, mended_bytes(text));
    plain_text(text, [&](std::string_view piece) { at = to.append(at, piece); });
    return at;
  }
  static char* bytes(output& to, char* at, std::string_view bytes) {
    return to.append(cbor::write_head(at, cbor::major::bytes, bytes.size()), bytes);
  }

 private:
  static std::size_t mended_bytes(std::string_view text) noexcept {
    std::size_t bytes = 0;
    plain_text(text, [&](std::string_view piece) { bytes += piece.size(); });
    return bytes;
  }
  static void append_head(std::string& to, cbor::major kind, std::uint64_t argument) {
    char head[cbor::head_bytes_max];
    to.append(head, cbor::write_head(head, kind, argument));
  }

  // The number that a reader of the same value in JSON would get.
  double rounded(double value) const noexcept {
    if (!std::isfinite(value)) return value;
    char digits[number_bytes_max];
    const auto* const end = write_rounded(digits, value, *decimals_);
    std::from_chars(digits, end, value);
    return value;
  }

  std::optional<int> decimals_;
};

}  // namespace

std::unique_ptr<encoder> make_cbor(const options& encoding, bool is_sequence) {
  refuse_options(encoding, {"style", "not_a_number", "big_integers"});
  return std::make_unique<object_encoder<cbor_form>>(read_object_settings(encoding, is_sequence),
                                                     cbor_form{read_values(encoding).decimals});
}

}  // namespace tidegate::codec
