// JSON: an object is a sample, an array of objects several.
//
// A scanner of our own, which neither builds a tree nor looks names up: devices send the same keys in the
// same order again and again, so that each key is compared with the one that stood there last time, and
// what becomes of its value is known. README.md has the figures.
#include <algorithm>
#include <cstring>

#include "codec/format/formats.hpp"

namespace tidegate::codec {
namespace {

constexpr int depth_max = 32;
constexpr std::size_t path_bytes_max = 256;
constexpr std::size_t values_max = 4096;   // of one frame's sample, with those that are ignored
constexpr std::size_t targets_max = 4096;  // that are remembered

class json_reader final : public frame_reader {
 public:
  json_reader(const mapping& what, sample_maker& to, fault_ledger& faults)
      : mapping_{what}, to_{to}, faults_{faults} {}

  void read(std::string_view frame, std::int64_t arrival) override {
    at_ = frame.data();
    end_ = at_ + frame.size();
    frame_ = frame;
    arrival_ = arrival;
    wrong_ = nullptr;
    if (!document()) faults_.add(fault::syntax, wrong_, frame);
  }

 private:
  static constexpr std::int32_t no_parent = -1;
  static constexpr std::int32_t no_ordinal = -1;

  // A value as it stood at its place in the last sample.
  struct expected {
    std::string key;  // as written; of an object's member
    std::int32_t parent = no_parent;
    std::int32_t ordinal = no_ordinal;  // of an array's item
    std::string path;
    const target* to = nullptr;
    bool is_parent = false;  // something was learned that is below it
  };

  bool fail(const char* wrong) {
    wrong_ = wrong;
    return false;
  }

  void blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  bool take(char byte) {
    if (at_ == end_ || *at_ != byte) return false;
    ++at_;
    return true;
  }

  // Most JSON has no blanks.
  bool take_behind_blanks(char byte) {
    if (take(byte)) return true;
    blanks();
    return take(byte);
  }

  bool document() {
    blanks();
    const bool is_array = at_ != end_ && *at_ == '[';
    if (!(is_array ? samples() : sample())) return false;
    blanks();
    return at_ == end_ || fail("something follows the JSON");
  }

  bool samples() {
    ++at_;
    blanks();
    if (take(']')) return true;
    for (;;) {
      blanks();
      if (!sample()) return false;
      blanks();
      if (take(']')) return true;
      if (!take(',')) return fail("a ',' or ']' is missing between objects");
    }
  }

  bool sample() {
    if (!take('{')) return fail("JSON must be an object, or an array of objects");
    const char* const begin = at_ - 1;
    // Here and not between frames alone, since one frame may be an array of any number of objects.
    if (targets_.size() > targets_max) forget();
    next_ = 0;
    // Texts lie in here until the sample is complete, so that it must not grow meanwhile.
    unescaped_.clear();
    unescaped_.reserve(static_cast<std::size_t>(end_ - at_));
    to_.begin(arrival_);
    if (!members(no_parent, 0)) return false;
    to_.finish({begin, static_cast<std::size_t>(at_ - begin)});
    return true;
  }

  // Behind the '{'.
  bool members(std::int32_t parent, int depth) {
    blanks();
    if (take('}')) return true;
    for (;;) {
      if (!take_behind_blanks('"')) return fail("a name in quotes is missing in an object");
      const auto index = member(parent);
      if (index < 0) return false;
      if (!take_behind_blanks(':')) return fail("a ':' is missing in an object");
      blanks();
      if (!value(index, depth)) return false;
      if (take_behind_blanks(',')) continue;
      if (take('}')) return true;
      return fail("a ',' or '}' is missing in an object");
    }
  }

  // Behind the '['.
  bool items(std::int32_t parent, int depth) {
    blanks();
    if (take(']')) return true;
    for (std::int32_t ordinal = 0;; ++ordinal) {
      blanks();
      const auto index = item(parent, ordinal);
      if (index < 0 || !value(index, depth)) return false;
      blanks();
      if (take(',')) continue;
      if (take(']')) return true;
      return fail("a ',' or ']' is missing in an array");
    }
  }

  // The place of the value whose name begins behind a quote; negative: wrong.
  std::int32_t member(std::int32_t parent) {
    if (next_ < expected_.size()) {
      const auto& last = expected_[next_];
      const auto length = last.key.size();
      if (last.parent == parent && last.ordinal == no_ordinal &&
          static_cast<std::size_t>(end_ - at_) > length && at_[length] == '"' &&
          std::memcmp(at_, last.key.data(), length) == 0) {
        at_ += length + 1;
        return static_cast<std::int32_t>(next_++);
      }
    }
    const char* const begin = at_;
    std::string_view name;
    if (!text(name)) return -1;
    const std::string_view written{begin, static_cast<std::size_t>(at_ - begin) - 1};
    return learn({std::string{written}, parent, no_ordinal, path_of(parent, name)});
  }

  std::int32_t item(std::int32_t parent, std::int32_t ordinal) {
    if (next_ < expected_.size() && expected_[next_].parent == parent && expected_[next_].ordinal == ordinal)
      return static_cast<std::int32_t>(next_++);
    return learn({{}, parent, ordinal, path_of(parent, std::to_string(ordinal))});
  }

  std::string path_of(std::int32_t parent, std::string_view name) const {
    if (parent == no_parent) return std::string{name};
    return expected_[static_cast<std::size_t>(parent)].path + "." + std::string{name};
  }

  std::int32_t learn(expected&& value) {
    if (next_ == values_max) return fail("there are more than 4096 values in an object"), -1;
    if (value.path.size() > path_bytes_max) return fail("a name is longer than 256 bytes"), -1;
    auto known = targets_.find(value.path);
    if (known == targets_.end()) known = targets_.emplace(value.path, mapping_.of(value.path)).first;
    value.to = &known->second;
    if (value.parent != no_parent) expected_[static_cast<std::size_t>(value.parent)].is_parent = true;
    if (next_ == expected_.size())
      expected_.push_back(std::move(value));
    else
      replace(expected_[next_], std::move(value));
    return static_cast<std::int32_t>(next_++);
  }

  // What stands behind may still be right, but what is below the old one, wherever that stands, has its path:
  // it must not be taken for something below the new one.
  void replace(expected& old, expected&& value) {
    const bool is_same = old.path == value.path;
    if (old.is_parent && !is_same) expected_.resize(next_ + 1);
    value.is_parent = old.is_parent && is_same;
    old = std::move(value);
  }

  void forget() {
    to_.forget_targets();
    expected_.clear();
    targets_.clear();
  }

  bool value(std::int32_t index, int depth) {
    if (at_ == end_) return fail("a value is missing");
    const auto& to = *expected_[static_cast<std::size_t>(index)].to;
    switch (*at_) {
      case '"': {
        ++at_;
        std::string_view found;
        if (!text(found)) return false;
        to_.string(to, found);
        return true;
      }
      case '{':
      case '[': {
        if (depth == depth_max) return fail("objects and arrays are nested deeper than 32");
        const bool is_object = *at_++ == '{';
        return is_object ? members(index, depth + 1) : items(index, depth + 1);
      }
      case 't':
        return literal("true") && (to_.boolean(to, true), true);
      case 'f':
        return literal("false") && (to_.boolean(to, false), true);
      case 'n':
        // Many devices write nan where a sensor gives nothing; it says what null says.
        return at_ + 1 != end_ && at_[1] == 'a' ? literal("nan") : literal("null");
      case 'N':
        return literal("NaN");
      case 'i':
      case 'I':
        return infinity(to, at_, false);
      default:
        return any_number(to);
    }
  }

  bool literal(std::string_view word) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() || std::memcmp(at_, word.data(), word.size()) != 0)
      return fail("a value is none of JSON");
    at_ += word.size();
    return true;
  }

  bool any_number(const target& to) {
    number found;
    const char* const end = scan_number(at_, end_, found);
    if (end == nullptr) return word_with_sign(to);
    const std::string_view written{at_, static_cast<std::size_t>(end - at_)};
    at_ = end;
    to_.number(to, found, written);
    return true;
  }

  // What printf and others write where JSON has no number.
  bool word_with_sign(const target& to) {
    const char* const begin = at_;
    if (!take('-') || at_ == end_) return fail("a value is none of JSON");
    if (*at_ == 'n') return literal("nan");
    return infinity(to, begin, true);
  }
  bool infinity(const target& to, const char* begin, bool is_negative) {
    if (!literal(at_ != end_ && *at_ == 'I' ? "Infinity" : "inf")) return false;
    constexpr double endless = std::numeric_limits<double>::infinity();
    to_.number(to, number::of(is_negative ? -endless : endless),
               {begin, static_cast<std::size_t>(at_ - begin)});
    return true;
  }

  static const char* find(const char* begin, const char* end, char byte) noexcept {
    return static_cast<const char*>(std::memchr(begin, byte, static_cast<std::size_t>(end - begin)));
  }

  // Up to the quote that ends it, which is taken, too.
  bool text(std::string_view& found) {
    const char* const begin = at_;
    const auto* const quote = find(begin, end_, '"');
    if (quote == nullptr) return fail("a text has no end");
    if (const auto* const backslash = find(begin, quote, '\\')) {
      at_ = backslash;
      return escaped_text(begin, found);
    }
    found = {begin, static_cast<std::size_t>(quote - begin)};
    at_ = quote + 1;
    return true;
  }

  bool escaped_text(const char* begin, std::string_view& found) {
    const auto start = unescaped_.size();
    unescaped_.append(begin, at_);
    while (at_ != end_ && *at_ != '"') {
      if (*at_ != '\\')
        unescaped_ += *at_++;
      else if (!escape())
        return false;
    }
    if (at_ == end_) return fail("a text has no end");
    ++at_;
    found = std::string_view{unescaped_}.substr(start);
    return true;
  }

  bool escape() {
    if (end_ - at_ < 2) return fail("a text has no end");
    const char code = at_[1];
    at_ += 2;
    constexpr std::string_view codes = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    if (code == 'u') return unicode();
    const auto place = codes.find(code);
    if (place == codes.npos) return fail("a text has an escape that does not exist");
    unescaped_ += meant[place];
    return true;
  }

  // Behind "\u". A half of a pair alone becomes U+FFFD.
  bool unicode() {
    std::uint32_t point = 0;
    if (!four_digits(point)) return fail("a text has an escape that does not exist");
    if (point >= 0xD800 && point < 0xDC00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
      const char* const second = at_;
      std::uint32_t low = 0;
      at_ += 2;
      if (!four_digits(low)) return fail("a text has an escape that does not exist");
      if (low >= 0xDC00 && low < 0xE000)
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      else
        at_ = second;
    }
    append_utf8(point >= 0xD800 && point < 0xE000 ? 0xFFFD : point);
    return true;
  }

  bool four_digits(std::uint32_t& value) {
    if (end_ - at_ < 4) return false;
    const auto read = std::from_chars(at_, at_ + 4, value, 16);
    if (read.ec != std::errc{} || read.ptr != at_ + 4) return false;
    at_ += 4;
    return true;
  }

  void append_utf8(std::uint32_t point) {
    const auto continuation = [&](int shift) {
      unescaped_ += static_cast<char>(0x80 | (point >> shift & 0x3F));
    };
    if (point < 0x80) {
      unescaped_ += static_cast<char>(point);
    } else if (point < 0x800) {
      unescaped_ += static_cast<char>(0xC0 | point >> 6);
      continuation(0);
    } else if (point < 0x10000) {
      unescaped_ += static_cast<char>(0xE0 | point >> 12);
      continuation(6);
      continuation(0);
    } else {
      unescaped_ += static_cast<char>(0xF0 | point >> 18);
      continuation(12);
      continuation(6);
      continuation(0);
    }
  }

  const mapping& mapping_;
  sample_maker& to_;
  fault_ledger& faults_;

  std::unordered_map<std::string, target> targets_;  // by path
  std::vector<expected> expected_;

  // Of the frame that is being read.
  std::string_view frame_;
  std::int64_t arrival_ = 0;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  const char* wrong_ = nullptr;
  std::size_t next_ = 0;  // of expected_
  std::string unescaped_;
};

class json_plan final : public format_plan {
 public:
  using format_plan::format_plan;
  std::unique_ptr<frame_reader> open(sample_maker& to, fault_ledger& faults) const override {
    return std::make_unique<json_reader>(mapping_, to, faults);
  }
};

}  // namespace

std::unique_ptr<const format_plan> make_json_format(const options& format, std::string_view default_name) {
  return std::make_unique<json_plan>(format, default_name);
}

}  // namespace tidegate::codec
