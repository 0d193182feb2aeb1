// SLIP (RFC 1055) and COBS: the byte that ends a frame is kept out of it by an encoding of the rest.
#include <optional>

#include "codec/framing/delimited.hpp"
#include "codec/framing/framings.hpp"

namespace tidegate::codec {
namespace {

// Both give the frame itself, where nothing in it is encoded, or decode into `to`; nothing if it is wrong.
struct slip {
  static constexpr char end = '\xC0';
  static constexpr std::string_view what = "an escape of SLIP that does not exist";
  static constexpr std::size_t encoded_bytes(std::size_t bytes) { return 2 * bytes; }

  static std::optional<std::string_view> decode(std::string_view frame, std::string& to) {
    constexpr char escape = '\xDB';
    if (frame.find(escape) == frame.npos) return frame;
    to.clear();
    for (std::size_t index = 0; index < frame.size(); ++index) {
      if (frame[index] != escape) {
        to += frame[index];
        continue;
      }
      const auto code = ++index < frame.size() ? frame[index] : '\0';
      if (code != '\xDC' && code != '\xDD') return std::nullopt;
      to += code == '\xDC' ? end : escape;
    }
    return to;
  }
};

struct cobs {
  static constexpr char end = '\0';
  static constexpr std::string_view what = "a code of COBS that points behind the frame";
  static constexpr std::size_t encoded_bytes(std::size_t bytes) { return bytes + bytes / 254 + 1; }

  // A code says how many bytes to the next zero, itself included; 255 means that there is none.
  static std::optional<std::string_view> decode(std::string_view frame, std::string& to) {
    to.clear();
    while (!frame.empty()) {
      const std::size_t code = static_cast<unsigned char>(frame.front());
      if (code > frame.size()) return std::nullopt;
      to += frame.substr(1, code - 1);
      frame.remove_prefix(code);
      if (code != 255 && !frame.empty()) to += '\0';
    }
    return to;
  }
};

template <class Stuffing>
class stuffed_framing final : public framing {
 public:
  explicit stuffed_framing(std::size_t frame_bytes_max)
      : frame_bytes_max_{frame_bytes_max},
        encoded_{std::string(1, Stuffing::end), Stuffing::encoded_bytes(frame_bytes_max)} {}

  found next(std::string_view& rest) override {
    for (;;) {
      const auto encoded = encoded_.next(rest);
      if (encoded.is != found::kind::frame) return encoded;
      // Senders put an end before a frame as well, so that noise in between is a frame of its own.
      if (!encoded.bytes.empty()) return decoded(encoded.bytes);
    }
  }
  // A frame without its end may lack more than that.
  found end(pause why) override { return encoded_.end(why == pause::complete ? pause::broken : why); }
  std::uint64_t pending() const noexcept override { return encoded_.pending(); }

 private:
  found decoded(std::string_view encoded) {
    const auto frame = Stuffing::decode(encoded, decoded_);
    if (!frame) return {found::kind::fault, fault::boundary, encoded, Stuffing::what};
    if (frame->size() > frame_bytes_max_)
      return {found::kind::fault, fault::too_long, encoded, "a frame is longer than max_size"};
    return {found::kind::frame, {}, *frame, {}};
  }

  std::size_t frame_bytes_max_;
  delimited encoded_;
  std::string decoded_;
};

}  // namespace

std::unique_ptr<const framing_plan> make_slip_framing(std::size_t frame_bytes_max) {
  return std::make_unique<plan_of<stuffed_framing<slip>, std::size_t>>(frame_bytes_max);
}

std::unique_ptr<const framing_plan> make_cobs_framing(std::size_t frame_bytes_max) {
  return std::make_unique<plan_of<stuffed_framing<cobs>, std::size_t>>(frame_bytes_max);
}

}  // namespace tidegate::codec
