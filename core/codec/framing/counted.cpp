// Frames whose length is known: always the same, or told at their beginning.
#include <algorithm>

#include "codec/framing/framings.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

constexpr std::size_t shown_bytes = 80;

struct counted_settings {
  std::string start;              // what every frame begins with, or nothing
  std::size_t header_bytes = 0;   // between it and the length
  std::size_t length_bytes = 0;   // of the length itself; 0: all frames have `length` bytes
  std::size_t trailer_bytes = 0;  // behind what the length counts
  bool is_big_endian = true;
  bool counts_all = false;  // the length is that of the whole frame
  bool keeps_head = true;   // give what lies before the payload, too
  std::size_t length = 0;
  std::size_t frame_bytes_max = 0;
  std::chrono::nanoseconds silence{0};

  std::size_t head_bytes() const { return start.size() + header_bytes + length_bytes; }
};

// Looks at bytes where they came in as long as a frame lies whole there; else gathers one in `held_`.
class counted_framing final : public framing {
 public:
  explicit counted_framing(const counted_settings& with) : settings_{with} {}

  found next(std::string_view& rest) override {
    forget_given();
    for (;;) {
      const auto window = held_.empty() ? rest : std::string_view{held_};
      if (const auto garbage = garbage_before(window); garbage != 0) {
        const auto said = drop(window, garbage, rest);
        if (said.is != found::kind::more) return said;
        continue;
      }
      const auto wanted = wanted_bytes(window);
      if (window.size() >= wanted && !window.empty()) return give(window.substr(0, wanted), rest);
      // What was gathered may show that it begins with no frame.
      if (!gather(wanted, rest) && garbage_before(held_) == 0) return {};
    }
  }

  found end(pause why) override {
    forget_given();
    if (held_.empty() || (why == pause::silence && settings_.silence.count() == 0)) return {};
    was_given_ = true;
    return {found::kind::fault, fault::incomplete, held_, "a frame is not complete"};
  }

  std::uint64_t pending() const noexcept override { return was_given_ ? 0 : held_.size(); }
  std::chrono::nanoseconds silence() const noexcept override { return settings_.silence; }

 private:
  // How many bytes at the front of the window cannot be the beginning of a frame.
  std::size_t garbage_before(std::string_view window) const {
    const auto& start = settings_.start;
    if (!start.empty() && !window.empty()) {
      const auto seen = std::min(start.size(), window.size());
      if (window.substr(0, seen) != std::string_view{start}.substr(0, seen)) {
        const auto next = window.find(start.front(), 1);
        return next == window.npos ? window.size() : next;
      }
    }
    return window.size() >= settings_.head_bytes() && wanted_bytes(window) == 0 ? 1 : 0;
  }

  // How many bytes the frame at the front of the window has, as far as is known; 0: it cannot be one.
  std::size_t wanted_bytes(std::string_view window) const {
    if (settings_.length_bytes == 0) return settings_.length;
    const auto head = settings_.head_bytes();
    if (window.size() < head) return head;
    std::size_t length = 0;
    for (std::size_t index = 0; index < settings_.length_bytes; ++index) {
      const auto place = settings_.is_big_endian ? index : settings_.length_bytes - 1 - index;
      length = length << 8 | static_cast<unsigned char>(window[head - settings_.length_bytes + place]);
    }
    const auto total = settings_.counts_all ? length : head + length + settings_.trailer_bytes;
    const auto least = head + settings_.trailer_bytes;
    return total < least || total > head + settings_.frame_bytes_max ? 0 : total;
  }

  // One fault for a stretch of garbage, however long it is.
  found drop(std::string_view window, std::size_t garbage, std::string_view& rest) {
    if (!is_lost_) shown_.assign(window, 0, std::min({window.size(), shown_bytes}));
    held_.empty() ? rest.remove_prefix(garbage) : static_cast<void>(held_.erase(0, garbage));
    if (std::exchange(is_lost_, true)) return {};
    return {found::kind::fault, fault::boundary, shown_, "bytes that cannot be the beginning of a frame"};
  }

  found give(std::string_view frame, std::string_view& rest) {
    is_lost_ = false;
    if (held_.empty())
      rest.remove_prefix(frame.size());
    else
      was_given_ = true;
    if (!settings_.keeps_head) frame.remove_prefix(settings_.head_bytes());
    return {found::kind::frame, {}, frame, {}};
  }

  // False if `rest` has not enough.
  bool gather(std::size_t wanted, std::string_view& rest) {
    const auto missing = rest.substr(0, wanted - held_.size());
    held_ += missing;
    rest.remove_prefix(missing.size());
    return held_.size() == wanted;
  }

  void forget_given() {
    if (!was_given_) return;
    was_given_ = false;
    held_.clear();
  }

  const counted_settings settings_;
  std::string held_;
  std::string shown_;
  bool is_lost_ = false;
  bool was_given_ = false;
};

using counted_plan = plan_of<counted_framing, counted_settings>;

counted_settings read_common(const options& framing, std::size_t frame_bytes_max) {
  counted_settings made;
  made.frame_bytes_max = frame_bytes_max;
  if (framing.has("start")) made.start = read_bytes(framing["start"]);
  if (framing.has("silence")) made.silence = framing["silence"].duration();
  return made;
}

std::size_t count_or(const options& framing, std::string_view key, std::size_t otherwise) {
  return framing.has(key) ? static_cast<std::size_t>(framing[key].integer()) : otherwise;
}

}  // namespace

std::unique_ptr<const framing_plan> make_fixed_framing(const options& framing, std::size_t frame_bytes_max) {
  auto made = read_common(framing, frame_bytes_max);
  if (!framing.has("length"))
    throw configuration_error("length", "is missing: how many bytes does a frame have?");
  made.length = count_or(framing, "length", 0);
  if (made.length == 0 || made.length > frame_bytes_max || made.length < made.start.size())
    throw configuration_error("length", "must be from " +
                                            std::to_string(std::max<std::size_t>(made.start.size(), 1)) +
                                            " to max_size, which is " + std::to_string(frame_bytes_max) +
                                            "; this is " + std::to_string(made.length));
  return std::make_unique<counted_plan>(std::move(made));
}

std::unique_ptr<const framing_plan> make_fixed_framing(std::size_t length) {
  counted_settings made;
  made.length = length;
  made.frame_bytes_max = length;
  return std::make_unique<counted_plan>(std::move(made));
}

std::unique_ptr<const framing_plan> make_length_framing(const options& framing, std::size_t frame_bytes_max) {
  auto made = read_common(framing, frame_bytes_max);
  made.length_bytes = count_or(framing, "length_bytes", 2);
  made.header_bytes = count_or(framing, "header_bytes", 0);
  made.trailer_bytes = count_or(framing, "trailer_bytes", 0);
  made.is_big_endian = text_or(framing, "byte_order", "big") == "big";
  made.counts_all = text_or(framing, "length_counts", "payload") == "frame";
  made.keeps_head = framing.has("keep_header") && framing["keep_header"].boolean();
  return std::make_unique<counted_plan>(std::move(made));
}

}  // namespace tidegate::codec
