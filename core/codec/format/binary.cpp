// Bytes at fixed places, as the configuration declares them.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "codec/format/formats.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

struct kind {
  std::string_view name;
  std::size_t bytes;  // 0: as long as 'length' says
  enum class form { integer, natural, real, boolean, text, bytes } is;
};

constexpr std::array<kind, 15> kinds{{{"u8", 1, kind::form::natural},
                                      {"i8", 1, kind::form::integer},
                                      {"u16", 2, kind::form::natural},
                                      {"i16", 2, kind::form::integer},
                                      {"u24", 3, kind::form::natural},
                                      {"i24", 3, kind::form::integer},
                                      {"u32", 4, kind::form::natural},
                                      {"i32", 4, kind::form::integer},
                                      {"u64", 8, kind::form::natural},
                                      {"i64", 8, kind::form::integer},
                                      {"f32", 4, kind::form::real},
                                      {"f64", 8, kind::form::real},
                                      {"bool", 1, kind::form::boolean},
                                      {"string", 0, kind::form::text},
                                      {"bytes", 0, kind::form::bytes}}};

struct value_place {
  kind is;
  std::size_t offset = 0;
  std::size_t length = 0;
  bool is_big_endian = true;
  std::optional<int> bit;  // of a bool
  std::optional<double> scale;
  std::optional<double> shift;
  target to;
};

class binary_reader final : public frame_reader {
 public:
  binary_reader(const std::vector<value_place>& layout, std::size_t bytes, sample_maker& to,
                fault_ledger& faults)
      : layout_{layout}, bytes_{bytes}, to_{to}, faults_{faults} {}

  void read(std::string_view frame, std::int64_t arrival) override {
    if (frame.size() < bytes_) return faults_.add(fault::syntax, "it is shorter than the layout", frame);
    to_.begin(arrival);
    // Numbers in digits lie in here until the sample is complete, so that it must not grow meanwhile.
    digits_.clear();
    digits_.reserve(layout_.size() * number_digits_max);
    for (const auto& place : layout_) take(place, frame.substr(place.offset, place.length));
    to_.finish(frame);
  }

 private:
  static constexpr std::size_t number_digits_max = 32;

  void take(const value_place& place, std::string_view bytes) {
    switch (place.is.is) {
      case kind::form::text:
        // Shorter texts are filled up with zeros or blanks.
        bytes = bytes.substr(0, std::min(bytes.find('\0'), bytes.size()));
        while (bytes.ends_with(' ')) bytes.remove_suffix(1);
        return to_.string(place.to, bytes);
      case kind::form::bytes:
        return to_.bytes(place.to, bytes);
      case kind::form::boolean: {
        const auto byte = static_cast<unsigned char>(bytes.front());
        return to_.boolean(place.to, place.bit ? (byte >> *place.bit & 1) != 0 : byte != 0);
      }
      default: {
        const auto value = scaled(place, number_of(place, bytes));
        // What the sensor does not know it sends as NaN.
        if (value.is == type::f64 && value.as_f64() != value.as_f64()) return;
        to_.number(place.to, value, is_written(place.to) ? written(value) : std::string_view{});
      }
    }
  }

  static number number_of(const value_place& place, std::string_view bytes) {
    std::uint64_t bits = 0;
    for (std::size_t index = 0; index < bytes.size(); ++index)
      bits = bits << 8 |
             static_cast<unsigned char>(bytes[place.is_big_endian ? index : bytes.size() - 1 - index]);
    if (place.is.is == kind::form::real)
      return number::of(bytes.size() == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                                          : std::bit_cast<double>(bits));
    if (place.is.is == kind::form::natural) return {type::u64, bits};
    const auto unused = static_cast<int>(64 - 8 * bytes.size());
    return {type::i64, static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused)};
  }

  static number scaled(const value_place& place, const number& value) {
    if (!place.scale && !place.shift) return value;
    return number::of(value.as_f64() * place.scale.value_or(1) + place.shift.value_or(0));
  }

  // Whether the digits are wanted, which cost more than the number.
  static bool is_written(const target& to) {
    return to.is != target::use::field || to.wanted == type::string;
  }

  // Times are read from digits, so that those which a time may be have no exponent.
  static char* write_real(char* begin, char* end, double value) {
    const double size = std::fabs(value);
    const bool is_plain = size == 0 || (size >= 1e-9 && size < 1e20);
    return std::to_chars(begin, end, value,
                         is_plain ? std::chars_format::fixed : std::chars_format::scientific)
        .ptr;
  }

  std::string_view written(const number& value) {
    char text[number_digits_max];
    const auto end = value.is == type::f64 ? write_real(text, text + sizeof text, value.as_f64())
                     : value.is == type::u64
                         ? std::to_chars(text, text + sizeof text, value.slot).ptr
                         : std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value.slot)).ptr;
    const auto start = digits_.size();
    digits_.append(text, end);
    return std::string_view{digits_}.substr(start);
  }

  const std::vector<value_place>& layout_;
  std::size_t bytes_;
  sample_maker& to_;
  fault_ledger& faults_;
  std::string digits_;
};

class binary_plan final : public format_plan {
 public:
  binary_plan(const options& format, std::string_view default_name) : format_plan{format, default_name} {
    if (!format.has("layout") || format["layout"].size() == 0)
      throw configuration_error(
          "layout", "is missing; say what stands where: [{name: temperature, offset: 0, type: i16}]");
    const auto layout = format["layout"];
    if (layout.size() > sample_maker::fields_max)
      throw configuration_error("layout", "has more than 1024 entries");
    const bool is_big_endian = text_or(format, "byte_order", "big") == "big";
    for (std::uint32_t index = 0; index < layout.size(); ++index) add(layout[index], is_big_endian);
    mapping_.check_sources([&](const std::string& name) { return names_.contains(name); });
  }
  std::unique_ptr<frame_reader> open(sample_maker& to, fault_ledger& faults) const override {
    return std::make_unique<binary_reader>(layout_, bytes_, to, faults);
  }
  std::unique_ptr<const framing_plan> own_framing() const override { return make_fixed_framing(bytes_); }

 private:
  void add(const options& entry, bool is_big_endian) {
    const auto name = text_or(entry, "name", "");
    if (name.empty()) throw configuration_error(entry.path() + ".name", "is missing or empty");
    if (!names_.emplace(name, true).second)
      throw configuration_error(entry.path() + ".name",
                                "names '" + name + "' a second time; names must differ");
    value_place made;
    made.is = read_kind(entry);
    made.offset = entry.has("offset") ? static_cast<std::size_t>(entry["offset"].integer()) : 0;
    made.length = read_length(entry, made.is);
    made.is_big_endian = text_or(entry, "byte_order", is_big_endian ? "big" : "little") == "big";
    if (entry.has("bit")) made.bit = static_cast<int>(entry["bit"].integer());
    if (made.bit && made.is.is != kind::form::boolean)
      throw configuration_error(entry.path() + ".bit", "is for the type bool; remove it");
    if (entry.has("scale")) made.scale = entry["scale"].number();
    if (entry.has("shift")) made.shift = entry["shift"].number();
    made.to = mapping_.of(name);
    bytes_ = std::max(bytes_, made.offset + made.length);
    layout_.push_back(std::move(made));
  }

  static kind read_kind(const options& entry) {
    const auto type = text_or(entry, "type", "");
    for (const auto& each : kinds)
      if (each.name == type) return each;
    std::string all;
    for (const auto& each : kinds) all += (all.empty() ? "" : ", ") + std::string{each.name};
    throw configuration_error(entry.path() + ".type", "must be one of " + all + "; this is '" + type + "'");
  }

  static std::size_t read_length(const options& entry, const kind& is) {
    const auto path = entry.path() + ".length";
    if (is.bytes != 0 && entry.has("length"))
      throw configuration_error(path, "is for the types string and bytes; remove it");
    if (is.bytes != 0) return is.bytes;
    const auto length = entry.has("length") ? entry["length"].integer() : 0;
    if (length < 1) throw configuration_error(path, "is missing: how many bytes does it have?");
    return static_cast<std::size_t>(length);
  }

  std::vector<value_place> layout_;
  std::unordered_map<std::string, bool> names_;
  std::size_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<const format_plan> make_binary_format(const options& format, std::string_view default_name) {
  return std::make_unique<binary_plan>(format, default_name);
}

}  // namespace tidegate::codec
