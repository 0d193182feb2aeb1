// Frames that nothing in the bytes marks: they end where no more come, or as the source reads them.
#include "codec/framing/framings.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

struct silence_settings {
  std::chrono::nanoseconds silence{0};
  std::size_t frame_bytes_max = 0;
};

class silence_framing final : public framing {
 public:
  explicit silence_framing(const silence_settings& with) : settings_{with} {}

  found next(std::string_view& rest) override {
    forget_given();
    pending_ += rest.size();
    held_ += rest.substr(0, settings_.frame_bytes_max + 1 - held_.size());
    rest = {};
    return {};
  }

  found end(pause why) override {
    forget_given();
    if (held_.empty()) return {};
    pending_ = 0;
    was_given_ = true;
    if (held_.size() > settings_.frame_bytes_max)
      return {found::kind::fault, fault::too_long, held_, "no silence within max_size"};
    if (why == pause::broken)
      return {found::kind::fault, fault::incomplete, held_, "the stream broke off within a frame"};
    return {found::kind::frame, {}, held_, {}};
  }

  std::uint64_t pending() const noexcept override { return pending_; }
  std::chrono::nanoseconds silence() const noexcept override { return settings_.silence; }

 private:
  void forget_given() {
    if (!was_given_) return;
    was_given_ = false;
    held_.clear();
  }

  const silence_settings settings_;
  std::string held_;  // at most one byte more than a frame may have
  std::uint64_t pending_ = 0;
  bool was_given_ = false;
};

class datagram_framing final : public framing {
 public:
  explicit datagram_framing(std::size_t frame_bytes_max) : frame_bytes_max_{frame_bytes_max} {}

  found next(std::string_view& rest) override {
    const auto whole = std::exchange(rest, {});
    if (whole.empty()) return {};
    if (whole.size() > frame_bytes_max_)
      return {found::kind::fault, fault::too_long, whole, "a datagram is longer than max_size"};
    return {found::kind::frame, {}, whole, {}};
  }
  found end(pause) override { return {}; }
  std::uint64_t pending() const noexcept override { return 0; }

 private:
  std::size_t frame_bytes_max_;
};

}  // namespace

std::unique_ptr<const framing_plan> make_silence_framing(const options& framing,
                                                         std::size_t frame_bytes_max) {
  silence_settings made;
  made.silence = framing.has("silence") ? framing["silence"].duration() : std::chrono::milliseconds{20};
  made.frame_bytes_max = frame_bytes_max;
  return std::make_unique<plan_of<silence_framing, silence_settings>>(made);
}

std::unique_ptr<const framing_plan> make_datagram_framing(std::size_t frame_bytes_max) {
  return std::make_unique<plan_of<datagram_framing, std::size_t>>(frame_bytes_max);
}

}  // namespace tidegate::codec
