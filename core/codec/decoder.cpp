#include "codec/decoder.hpp"

namespace tidegate::codec {
namespace {

// Errors of a part with the name of the option before them.
template <class Make>
auto below(std::string_view option, Make make) {
  try {
    return make();
  } catch (const error& wrong) {
    if (wrong.status() != TIDEGATE_ERROR_CONFIGURATION) throw;
    throw configuration_error(std::string{option} + (wrong.option().empty() ? "" : "." + wrong.option()),
                              wrong.what());
  }
}

}  // namespace

decoder::decoder(const component_host& host, const options& framing, const options& format)
    : faults_{host}, frames_{host.counter("decode_frames_total", "Complete frames that came in.")} {
  const options of_framing{framing.raw()};
  const options of_format{format.raw()};
  format_ = below("format", [&] { return make_format(of_format, host.instance_name()); });
  if (framing.is_null()) framing_ = format_->own_framing();
  below("framing", [&] {
    if (framing_ == nullptr) framing_ = make_framing(of_framing);
    checksum_ = checksum::make(of_framing);
    return true;
  });
}

std::unique_ptr<decode_stream> decoder::open(std::vector<std::pair<std::string, std::string>> tags) {
  return std::make_unique<decode_stream>(*this, std::move(tags));
}

decode_stream::decode_stream(decoder& of, std::vector<std::pair<std::string, std::string>> tags)
    : decoder_{of},
      maker_{of.format_->what(), of.faults_, std::move(tags)},
      framing_{of.framing_->open()},
      reader_{of.format_->open(maker_, of.faults_)} {}

std::size_t decode_stream::feed(std::string_view bytes, std::int64_t time) {
  const auto frames_before = frames_;
  auto rest = bytes;
  while (!maker_.is_full() && handle(framing_->next(rest), time)) {
  }
  decoder_.frames_.add(static_cast<double>(frames_ - frames_before));
  return bytes.size() - rest.size();
}

void decode_stream::end(pause why, std::int64_t time) {
  const auto frames_before = frames_;
  handle(framing_->end(why), time);
  decoder_.frames_.add(static_cast<double>(frames_ - frames_before));
}

bool decode_stream::handle(const found& what, std::int64_t time) {
  if (what.is == found::kind::more) return false;
  if (what.is == found::kind::fault) {
    decoder_.faults_.add(what.reason, what.what, what.bytes);
    return true;
  }
  ++frames_;
  auto frame = what.bytes;
  if (decoder_.checksum_) {
    const auto checked = decoder_.checksum_->checked(frame);
    if (!checked) return decoder_.faults_.add(fault::checksum, "the checksum is wrong", frame), true;
    frame = *checked;
  }
  reader_->read(frame, time);
  return true;
}

}  // namespace tidegate::codec
