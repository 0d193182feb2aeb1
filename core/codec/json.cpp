// JSON and NDJSON: how object_encoder.hpp writes them.
#include <array>
#include <cmath>

#include "codec/encoders.hpp"
#include "codec/number.hpp"
#include "codec/object_encoder.hpp"
#include "codec/text.hpp"

namespace tidegate::codec {
namespace {

class json_form {
 public:
  static constexpr payload_kind one{"application/json", "json"};
  static constexpr payload_kind sequence{"application/x-ndjson", "ndjson"};

  json_form(value_settings values, bool spaced)
      : values_{std::move(values)}, separator_bytes_{spaced ? 2U : 1U} {}

  // ---- Put together beforehand ----

  static void append_escaped(std::string& to, std::string_view text) {
    json_text(text, [&](std::string_view piece) { to += piece; });
  }
  void append_key(std::string& to, std::string_view key) const {
    append_json_text(to, key);
    to.append(": ", separator_bytes_);
  }
  void append_text(std::string& to, std::string_view text) const {
    append_json_text(to, text);
    to += separator();
  }
  void append_null(std::string& to) const {
    to += "null";
    to += separator();
  }
  void append_map(std::string& to, std::uint32_t, std::string_view members) const {
    to += '{';
    if (!members.empty()) to += members.substr(0, members.size() - separator_bytes_);
    to += '}';
    to += separator();
  }
  static void append_before_time(std::string& to, bool is_number) {
    if (!is_number) to += '"';
  }
  void append_behind_time(std::string& to, bool is_number) const {
    if (!is_number) to += '"';
    to += separator();
  }

  // ---- Written for each sample ----

  static char* open_array(char* at, std::uint32_t) noexcept { return put(at, "["); }
  static char* open_map(char* at, std::uint32_t) noexcept { return put(at, "{"); }
  char* close_array(char* at) const noexcept { return put(without_separator(at, '['), "]"); }
  char* close_map(char* at) const noexcept { return put(without_separator(at, '{'), "}"); }
  char* separate(char* at) const noexcept {
    std::memcpy(at, separators.data(), separators.size());
    return at + separator_bytes_;
  }
  static char* end_line(char* at) noexcept { return put(at, "\n"); }

  static char* time(output& to, char* at, time_format& format, std::int64_t time) {
    return to.append(at, format.at(time));
  }
  static char* boolean(char* at, bool value) noexcept { return value ? put(at, "true") : put(at, "false"); }

  template <class Integer>
  char* integer(char* at, Integer value) const noexcept {
    constexpr Integer exact = Integer{1} << 53;
    bool is_big = value > exact;
    if constexpr (std::is_signed_v<Integer>) is_big = is_big || value < -exact;
    if (!is_big || !values_.big_integers_as_text) return write_integer(at, value);
    *at++ = '"';
    at = write_integer(at, value);
    *at++ = '"';
    return at;
  }

  bool omits(double value) const noexcept {
    return !std::isfinite(value) && values_.non_finite == not_a_number::omit;
  }
  char* floating(char* at, double value) const noexcept {
    if (std::isfinite(value)) return write_float(at, value, values_.decimals);
    if (values_.non_finite == not_a_number::empty) return put(at, "null");
    return put(at, std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  }

  static char* text(output& to, char* at, std::string_view text) {
    *at++ = '"';
    json_text(text, [&](std::string_view piece) { at = to.append(at, piece); });
    return put(to.reserve(at, room_bytes), "\"");
  }
  static char* bytes(output& to, char* at, std::string_view bytes) {
    *at++ = '"';
    base64_text(bytes, [&](std::string_view piece) { at = to.append(at, piece); });
    return put(to.reserve(at, room_bytes), "\"");
  }

 private:
  static constexpr std::array<char, 2> separators{',', ' '};

  static char* put(char* at, std::string_view text) noexcept {
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
  }
  std::string_view separator() const noexcept { return {separators.data(), separator_bytes_}; }
  // The position behind the last member, or behind the opening if there is none.
  char* without_separator(char* at, char opening) const noexcept {
    return at[-1] == opening ? at : at - separator_bytes_;
  }

  value_settings values_;
  std::size_t separator_bytes_;
};

}  // namespace

std::unique_ptr<encoder> make_json(const options& encoding, bool one_object_a_line) {
  const bool spaced = text_or(encoding, "style", "compact") == "spaced";
  return std::make_unique<object_encoder<json_form>>(read_object_settings(encoding, one_object_a_line),
                                                     json_form{read_values(encoding), spaced});
}

}  // namespace tidegate::codec
