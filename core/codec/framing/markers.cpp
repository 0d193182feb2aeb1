// Frames between a start and an end, as in <...> or STX ... ETX.
#include <algorithm>

#include "codec/framing/delimited.hpp"
#include "codec/framing/framings.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

struct marker_settings {
  std::string start;
  std::string end;
  bool keeps_markers = false;
  std::size_t frame_bytes_max = 0;
  std::chrono::nanoseconds silence{0};
};

// What lies between two ends is looked at as a whole: the frame begins at the last start in it, so that one
// whose end was lost does not take the next one with it.
class marker_framing final : public framing {
 public:
  explicit marker_framing(const marker_settings& with)
      : settings_{with}, stretches_{with.end, with.frame_bytes_max + with.start.size()} {}

  found next(std::string_view& rest) override {
    if (has_frame_) return give();
    const auto stretch = stretches_.next(rest);
    return stretch.is == found::kind::frame ? look_into(stretch.bytes) : stretch;
  }

  found end(pause why) override {
    if (why == pause::silence && settings_.silence.count() == 0) return {};
    // The end is missing, whatever the pause is.
    const auto stretch = stretches_.end(pause::broken);
    // Of what was skipped only the beginning is there to be looked at.
    return stretch.reason == fault::incomplete && is_blank(stretch.bytes) ? found{} : stretch;
  }

  std::uint64_t pending() const noexcept override {
    return stretches_.pending() +
           (has_frame_ ? settings_.start.size() + frame_.size() + settings_.end.size() : 0);
  }
  std::chrono::nanoseconds silence() const noexcept override { return settings_.silence; }

 private:
  found look_into(std::string_view stretch) {
    const auto start = stretch.rfind(settings_.start);
    if (start == stretch.npos)
      return {found::kind::fault, fault::boundary, stretch, "an end without a start"};
    frame_ = stretch.substr(start + settings_.start.size());
    if (settings_.keeps_markers) frame_ = with_markers();
    const auto before = stretch.substr(0, start);
    if (is_blank(before)) return give();
    // It is given next time, when the piece that it lies in may be gone.
    has_frame_ = true;
    if (!settings_.keeps_markers) whole_ = frame_;
    frame_ = whole_;
    return {found::kind::fault, fault::boundary, before, "bytes that belong to no frame"};
  }

  found give() {
    has_frame_ = false;
    return {found::kind::frame, {}, frame_, {}};
  }

  std::string_view with_markers() {
    whole_.assign(settings_.start);
    whole_ += frame_;
    whole_ += settings_.end;
    return whole_;
  }

  // Line breaks and blanks between frames are nobody's loss.
  static bool is_blank(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; });
  }

  const marker_settings settings_;
  delimited stretches_;
  std::string whole_;
  std::string_view frame_;
  bool has_frame_ = false;
};

std::string read_marker(const options& framing, std::string_view key) {
  if (!framing.has(key))
    throw configuration_error(std::string{key}, "is missing: what stands at the " + std::string{key} +
                                                    " of a frame? Such as \"<\" or 0x02");
  return read_bytes(framing[key]);
}

}  // namespace

std::unique_ptr<const framing_plan> make_marker_framing(const options& framing, std::size_t frame_bytes_max) {
  marker_settings made;
  made.start = read_marker(framing, "start");
  made.end = read_marker(framing, "end");
  if (made.start == made.end)
    throw configuration_error("end", "is the same as 'start'; write type: line with this as its delimiter");
  made.keeps_markers = framing.has("keep_markers") && framing["keep_markers"].boolean();
  made.frame_bytes_max = frame_bytes_max;
  if (framing.has("silence")) made.silence = framing["silence"].duration();
  return std::make_unique<plan_of<marker_framing, marker_settings>>(std::move(made));
}

}  // namespace tidegate::codec
