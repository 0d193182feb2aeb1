#include "codec/encoder.hpp"

#include "codec/encoders.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {

std::uint64_t sample_count(std::span<const tidegate_slice> slices) noexcept {
  std::uint64_t count = 0;
  for (const auto& slice : slices) count += slice.count;
  return count;
}

std::unique_ptr<encoder> make_encoder(const options& encoding) {
  const options root{encoding.raw()};
  const auto type = text_or(root, "type", "ndjson");
  if (type == "ndjson") return make_json(root, true);
  if (type == "json") return make_json(root, false);
  if (type == "cbor") return make_cbor(root, false);
  if (type == "cbor-seq") return make_cbor(root, true);
  if (type == "csv") return make_csv(root);
  if (type == "line-protocol") return make_line_protocol(root);
  throw configuration_error(
      "type", "must be one of ndjson, json, cbor, cbor-seq, csv, line-protocol; this is '" + type + "'");
}

}  // namespace tidegate::codec
