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
      print(encoder_->encode(samples));
    } catch (const tidegate::error& thrown) {
      if (thrown.status() == TIDEGATE_ERROR_TEMPORARY) return samples.retry(thrown.what());
      return samples.rejected(thrown.what());
    }
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

// Other bytes than text would play tricks with a terminal, and a newline between them is one byte too many.
void console_writer::print(std::string_view payload) {
  if (encoder_->is_text() || !stream_.is_terminal())
    text_ = payload;
  else
    append_hexadecimal(payload, text_);
  const bool is_line = encoder_->is_text() || stream_.is_terminal();
  if (is_line && !text_.empty() && text_.back() != '\n') text_ += '\n';
}

}  // namespace tidegate::console_sink
