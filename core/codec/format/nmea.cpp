// Sentences of GPS receivers and other marine electronics, NMEA 0183: "$GPRMC,...*6A".
#include <algorithm>
#include <array>
#include <charconv>

#include "codec/format/formats.hpp"
#include "codec/framing/checksum.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

constexpr std::size_t parts_max = 32;
constexpr double knots = 1852.0 / 3600.0;  // in metres a second
constexpr double kilometres_an_hour = 1 / 3.6;

target field(const char* name) { return {.is = target::use::field, .name = name}; }

class nmea_reader final : public frame_reader {
 public:
  nmea_reader(const std::vector<std::string>& sentences, sample_maker& to, fault_ledger& faults)
      : sentences_{sentences}, to_{to}, faults_{faults} {}

  void read(std::string_view frame, std::int64_t arrival) override {
    // What stands before is the rest of another sentence, or noise.
    const auto begin = frame.find_last_of("$!");
    if (begin == frame.npos) return faults_.add(fault::syntax, "a sentence has no $", frame);
    auto sentence = frame.substr(begin + 1);
    while (!sentence.empty() && static_cast<unsigned char>(sentence.back()) <= ' ') sentence.remove_suffix(1);
    if (!take_checksum(sentence)) return faults_.add(fault::checksum, "the checksum is wrong", frame);
    split(sentence);
    if (parts_[0].size() != 5) return;  // of a maker: $PUBX, $PMTK
    talker_ = parts_[0].substr(0, 2);
    kind_ = parts_[0].substr(2);
    frame_ = frame;
    arrival_ = arrival;
    if (is_wanted()) by_kind();
  }

 private:
  static bool take_checksum(std::string_view& sentence) {
    const auto star = sentence.rfind('*');
    if (star == sentence.npos || sentence.size() != star + 3) return false;
    unsigned told = 0;
    const char* const end = sentence.data() + sentence.size();
    const auto read = std::from_chars(end - 2, end, told, 16);
    sentence = sentence.substr(0, star);
    return read.ec == std::errc{} && read.ptr == end && told == checksum_of(checksum_kind::xor8, sentence);
  }

  // What is not there is empty.
  void split(std::string_view sentence) {
    parts_.fill({});
    for (auto& part : parts_) {
      const auto comma = std::min(sentence.find(','), sentence.size());
      part = sentence.substr(0, comma);
      if (comma == sentence.size()) return;
      sentence.remove_prefix(comma + 1);
    }
  }

  bool is_wanted() const {
    return sentences_.empty() || std::find(sentences_.begin(), sentences_.end(), kind_) != sentences_.end();
  }

  void by_kind() {
    if (kind_ == "GGA") return gga();
    if (kind_ == "RMC") return rmc();
    if (kind_ == "GSA") return gsa();
    if (kind_ == "GSV") return gsv();
    if (kind_ == "VTG") return vtg();
    if (kind_ == "GLL") return gll();
  }

  void begin() {
    to_.begin(arrival_);
    to_.tag("sentence", kind_);
    to_.tag("talker", talker_);
  }
  // A receiver without a fix sends sentences whose parts are empty: nothing is wrong then.
  void finish() {
    if (has_field_) to_.finish(frame_);
    has_field_ = false;
  }

  void number(const target& to, std::size_t part, double unit = 1) {
    if (parts_[part].empty()) return;
    codec::number read;
    if (!read_number(parts_[part], read)) return faults_.add(fault::value, "a part is no number", frame_);
    put(to, codec::number::of(read.as_f64() * unit));
  }
  void count(const target& to, std::size_t part) {
    std::int64_t value = 0;
    const char* const end = parts_[part].data() + parts_[part].size();
    if (parts_[part].empty()) return;
    const auto read = std::from_chars(parts_[part].data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end)
      return faults_.add(fault::value, "a part is no count", frame_);
    put(to, {type::i64, static_cast<std::uint64_t>(value)});
  }
  void flag(const target& to, bool value) {
    has_field_ = true;
    to_.boolean(to, value);
  }
  void put(const target& to, const codec::number& value) {
    has_field_ = true;
    to_.number(to, value, {});
  }

  // Latitude, N or S, longitude, E or W from `part` on. Both or none.
  void position(std::size_t part) {
    static const target latitude = field("latitude"), longitude = field("longitude");
    if (parts_[part].empty() || parts_[part + 2].empty()) return;
    const auto north = degrees(parts_[part], parts_[part + 1], 2, 'N', 'S');
    const auto east = degrees(parts_[part + 2], parts_[part + 3], 3, 'E', 'W');
    if (!north || !east) return faults_.add(fault::value, "the position cannot be read", frame_);
    put(latitude, codec::number::of(*north));
    put(longitude, codec::number::of(*east));
  }

  // "4916.45", "N": degrees and minutes.
  static std::optional<double> degrees(std::string_view text, std::string_view side, std::size_t digits,
                                       char plus, char minus) {
    int whole = 0;
    if (text.size() < digits + 2 || side.size() != 1 || (side[0] != plus && side[0] != minus))
      return std::nullopt;
    const auto read = std::from_chars(text.data(), text.data() + digits, whole);
    codec::number minutes;
    if (read.ec != std::errc{} || read.ptr != text.data() + digits ||
        !read_number(text.substr(digits), minutes))
      return std::nullopt;
    const double value = whole + minutes.as_f64() / 60;
    const double most = digits == 2 ? 90 : 180;
    if (whole < 0 || minutes.as_f64() < 0 || minutes.as_f64() >= 60 || value > most) return std::nullopt;
    return side[0] == minus ? -value : value;
  }

  void gga() {
    static const target quality = field("quality"), satellites = field("satellites"), hdop = field("hdop"),
                        altitude = field("altitude"), separation = field("geoid_separation");
    begin();
    if (parts_[6] != "0") position(2);
    count(quality, 6);
    count(satellites, 7);
    number(hdop, 8);
    if (parts_[6] != "0") number(altitude, 9);
    number(separation, 11);
    finish();
  }

  void rmc() {
    static const target valid = field("valid"), speed = field("speed"), course = field("course");
    begin();
    const bool is_valid = parts_[2] == "A";
    flag(valid, is_valid);
    if (is_valid) {
      position(3);
      number(speed, 7, knots);
      number(course, 8);
    }
    finish();
  }

  void gll() {
    static const target valid = field("valid");
    begin();
    const bool is_valid = parts_[6] == "A";
    flag(valid, is_valid);
    if (is_valid) position(1);
    finish();
  }

  void gsa() {
    static const target fix = field("fix"), used = field("satellites_used"), pdop = field("pdop"),
                        hdop = field("hdop"), vdop = field("vdop");
    begin();
    count(fix, 2);
    const auto satellites =
        std::count_if(parts_.begin() + 3, parts_.begin() + 15, [](auto part) { return !part.empty(); });
    put(used, {type::i64, static_cast<std::uint64_t>(satellites)});
    number(pdop, 15);
    number(hdop, 16);
    number(vdop, 17);
    finish();
  }

  // How many satellites there are, once for the group of sentences; and of each what is known.
  void gsv() {
    static const target in_view = field("satellites_in_view"), elevation = field("elevation"),
                        azimuth = field("azimuth"), strength = field("signal_to_noise");
    if (parts_[2] == "1") {
      begin();
      count(in_view, 3);
      finish();
    }
    for (std::size_t part = 4; part < 20 && !parts_[part].empty(); part += 4) {
      // The identifier of the signal stands alone at the end.
      if (parts_[part + 1].empty() && parts_[part + 2].empty() && parts_[part + 3].empty()) continue;
      begin();
      to_.tag("satellite", parts_[part]);
      number(elevation, part + 1);
      number(azimuth, part + 2);
      number(strength, part + 3);
      finish();
    }
  }

  void vtg() {
    static const target course = field("course"), magnetic = field("course_magnetic"), speed = field("speed");
    begin();
    number(course, 1);
    number(magnetic, 3);
    parts_[7].empty() ? number(speed, 5, knots) : number(speed, 7, kilometres_an_hour);
    finish();
  }

  const std::vector<std::string>& sentences_;
  sample_maker& to_;
  fault_ledger& faults_;

  // Of the sentence that is being read.
  std::array<std::string_view, parts_max> parts_;
  std::string_view talker_;
  std::string_view kind_;
  std::string_view frame_;
  std::int64_t arrival_ = 0;
  bool has_field_ = false;
};

class nmea_plan final : public format_plan {
 public:
  nmea_plan(const options& format, std::string_view default_name) : format_plan{format, default_name} {
    if (format.has("sentences")) sentences_ = format["sentences"].strings();
  }
  std::unique_ptr<frame_reader> open(sample_maker& to, fault_ledger& faults) const override {
    return std::make_unique<nmea_reader>(sentences_, to, faults);
  }

 private:
  std::vector<std::string> sentences_;
};

}  // namespace

std::unique_ptr<const format_plan> make_nmea_format(const options& format, std::string_view default_name) {
  return std::make_unique<nmea_plan>(format, default_name);
}

}  // namespace tidegate::codec
