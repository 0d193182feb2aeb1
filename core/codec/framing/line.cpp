// Lines, which is what most devices send.
#include "codec/framing/delimited.hpp"
#include "codec/framing/framings.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

struct line_settings {
  std::string delimiter;
  // What devices differ in and nobody means: a CR before the LF, an LF after the CR.
  char ignored_last = '\0';
  char ignored_first = '\0';
  std::size_t frame_bytes_max = 0;
};

class line_framing final : public framing {
 public:
  explicit line_framing(const line_settings& with)
      : settings_{with}, lines_{with.delimiter, with.frame_bytes_max} {}

  found next(std::string_view& rest) override {
    for (;;) {
      auto line = trimmed(lines_.next(rest));
      if (line.is != found::kind::frame || !line.bytes.empty()) return line;
    }
  }
  found end(pause why) override {
    const auto line = trimmed(lines_.end(why));
    return line.is == found::kind::frame && line.bytes.empty() ? found{} : line;
  }
  std::uint64_t pending() const noexcept override { return lines_.pending(); }

 private:
  found trimmed(found line) const {
    if (line.is != found::kind::frame) return line;
    auto& bytes = line.bytes;
    if (settings_.ignored_last != '\0' && bytes.ends_with(settings_.ignored_last)) bytes.remove_suffix(1);
    if (settings_.ignored_first != '\0' && bytes.starts_with(settings_.ignored_first)) bytes.remove_prefix(1);
    return line;
  }

  const line_settings settings_;
  delimited lines_;
};

}  // namespace

std::unique_ptr<const framing_plan> make_line_framing(const options& framing, std::size_t frame_bytes_max) {
  line_settings made;
  made.frame_bytes_max = frame_bytes_max;
  const auto ending = text_or(framing, "ending", "lf");
  if (framing.has("delimiter")) {
    if (framing.has("ending"))
      throw configuration_error("delimiter", "cannot be given beside 'ending'; remove one of the two");
    made.delimiter = read_bytes(framing["delimiter"]);
  } else if (ending == "crlf") {
    made.delimiter = "\r\n";
  } else if (ending == "cr") {
    made.delimiter = "\r";
    made.ignored_first = '\n';
  } else {
    made.delimiter = "\n";
    made.ignored_last = '\r';
  }
  return std::make_unique<plan_of<line_framing, line_settings>>(std::move(made));
}

}  // namespace tidegate::codec
