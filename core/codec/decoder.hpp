// Bytes to samples: a framing finds messages in a stream, a format reads them. README.md describes both.
//
// A decoder is what is configured, and what its streams have in common: counters, and what was logged. A
// stream is one port, file or connection, with what it holds of a message that is not complete.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/fault.hpp"
#include "codec/format/format.hpp"
#include "codec/framing/checksum.hpp"
#include "codec/framing/framing.hpp"
#include "tidegate/abi.h"

namespace tidegate::codec {

class decode_stream;

// Immutable but for its counters; any thread. Outlives its streams.
class decoder {
 public:
  // By the values of a `framing` option, or null, and a `format` option. The host gives the name of the
  // series, metrics and the log, and outlives the decoder. Throws tidegate::error (configuration) with a
  // path that begins with "framing" or "format".
  decoder(const component_host& host, const options& framing, const options& format);

  // Samples of the stream bear `tags`, as key and value.
  std::unique_ptr<decode_stream> open(std::vector<std::pair<std::string, std::string>> tags);

  std::uint64_t faults() const noexcept { return faults_.total(); }

 private:
  friend class decode_stream;

  fault_ledger faults_;
  metric frames_;
  std::unique_ptr<const format_plan> format_;
  std::unique_ptr<const framing_plan> framing_;
  std::optional<codec::checksum> checksum_;
};

// One thread at a time. Memory is bounded by the framing's max_size and the size of a batch.
class decode_stream {
 public:
  decode_stream(decoder& of, std::vector<std::pair<std::string, std::string>> tags);

  // Takes bytes from the front, which came in at `time`; not all of them if there are samples for a batch
  // before. Returns how many.
  std::size_t feed(std::string_view bytes, std::int64_t time);
  // No bytes follow for now.
  void end(pause why, std::int64_t time);

  // What waits to be submitted; clear() once it was copied.
  const batch_builder& batch() const noexcept { return maker_.batch(); }
  void clear() { maker_.clear(); }

  // Complete frames so far, and the bytes of one that is not complete.
  std::uint64_t frames() const noexcept { return frames_; }
  std::uint64_t pending() const noexcept { return framing_->pending(); }
  // See framing::silence.
  std::chrono::nanoseconds silence() const noexcept { return framing_->silence(); }
  std::uint64_t faults() const noexcept { return decoder_.faults(); }

 private:
  // False if there was none.
  bool handle(const found& what, std::int64_t time);

  decoder& decoder_;
  sample_maker maker_;
  std::unique_ptr<framing> framing_;
  std::unique_ptr<frame_reader> reader_;
  std::uint64_t frames_ = 0;
};

// The extension TIDEGATE_DECODE, as abi.h has it. Lives as long as the program. Its functions never throw.
const tidegate_decode* decode_extension() noexcept;

}  // namespace tidegate::codec
