#include "console_writer.hpp"

#include <unistd.h>

#include "text_form.hpp"

namespace tidegate::console_sink {

console_writer::console_writer(sink_host host, const options& given)
    : stream_{given["stream"].text() == "stderr" ? STDERR_FILENO : STDOUT_FILENO,
              given["stream"].text() == "stderr" ? "standard error" : "standard output"} {
  if (given.has("encoding")) encoder_.emplace(host, given["encoding"]);
}

void console_writer::write(delivery samples) {
  text_.clear();
  if (encoder_) {
    try {
      text_ = encoder_->encode(samples);
    } catch (const tidegate::error& thrown) {
      if (thrown.status() == TIDEGATE_ERROR_TEMPORARY) return samples.retry(thrown.what());
      return samples.rejected(thrown.what());
    }
    if (!text_.empty() && text_.back() != '\n') text_ += '\n';
  } else {
    samples.for_each([&](const sample_view& each) { append_text(each, text_); });
  }
  try {
    if (encoder_ && !begun_) stream_.write(encoder_->preamble());
    begun_ = true;
    stream_.write(text_);
  } catch (const tidegate::error& thrown) {
    return samples.retry(thrown.what());
  }
  samples.delivered();
}

}  // namespace tidegate::console_sink
