// From samples to payloads: the encodings that every sink has.
//
// An encoder is made once from an `encoding` option and then used for every payload of a sink. It keeps
// working memory between calls, so that a sample costs no allocation once that memory has grown; it keeps
// nothing of the samples. One thread at a time; different encoders are independent.
//
// README.md of this folder describes what comes out, for operators and authors.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tidegate/abi.h"
#include "tidegate/options.hpp"

namespace tidegate::codec {

class encoder {
 public:
  encoder() = default;
  encoder(const encoder&) = delete;
  encoder& operator=(const encoder&) = delete;
  virtual ~encoder() = default;

  // Appends one payload: the samples [first, first + count), counted through all slices. The blocks have
  // been validated, and the range lies inside the slices: see sample_count(). Any content of the samples
  // can be encoded; only memory can run out.
  virtual void encode(std::span<const tidegate_slice> slices, std::uint32_t first, std::uint32_t count,
                      std::string& out) = 0;

  // What a file of payloads begins with: the header line of CSV, nothing for the others. Appends.
  virtual void preamble(std::string& out) const { static_cast<void>(out); }

  // Constants, such as "application/x-ndjson" and "ndjson".
  virtual std::string_view content_type() const noexcept = 0;
  virtual std::string_view file_extension() const noexcept = 0;
};

// All samples of the slices.
std::uint64_t sample_count(std::span<const tidegate_slice> slices) noexcept;

// An encoder by the value of an `encoding` option, which has been checked against encoding_schema(). What
// is not given there has its default, so that a null value is an NDJSON encoder. Throws tidegate::error
// (configuration) where options contradict each other; its option path is relative to `encoding`.
std::unique_ptr<encoder> make_encoder(const options& encoding);

// The schema of the option, as a JSON text: what {"$ref": "tidegate:encoding"} stands for.
std::string_view encoding_schema() noexcept;

// The same for plugins, as abi.h has it: the table of the extension TIDEGATE_ENCODE. Lives as long as the
// program. Its functions never throw.
const tidegate_encode* encode_extension() noexcept;

}  // namespace tidegate::codec
