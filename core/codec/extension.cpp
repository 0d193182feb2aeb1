// The encoders behind the C table of abi.h: errors are values here, and nothing is thrown.
#include <memory>
#include <string>

#include "codec/boundary.hpp"
#include "codec/encoder.hpp"

namespace tidegate::codec {
namespace {

// What a plugin holds. The payload is kept, so that encoding allocates nothing in steady state.
struct handle {
  std::unique_ptr<encoder> made;
  std::string payload;
  std::string preamble;
};

// One large payload must not stay in memory for ever.
constexpr std::size_t payload_bytes_kept = 1024 * 1024;
constexpr std::string_view no_memory = "there is not enough memory to encode a payload";

void begin_payload(std::string& payload) {
  const bool is_oversized =
      payload.capacity() > payload_bytes_kept && payload.size() < payload.capacity() / 8;
  payload.clear();
  if (is_oversized) payload.shrink_to_fit();
}

handle& of(void* encoder) noexcept { return *static_cast<handle*>(encoder); }

tidegate_status create(const tidegate_host*, const tidegate_value* encoding, void** encoder,
                       tidegate_error* said) noexcept {
  return guard(said, no_memory, [&] {
    auto made = std::make_unique<handle>();
    made->made = make_encoder(options{*encoding});
    made->made->preamble(made->preamble);
    *encoder = made.release();
    return TIDEGATE_OK;
  });
}

tidegate_status encode(void* encoder, const tidegate_delivery* delivery, std::uint32_t first,
                       std::uint32_t count, tidegate_text* payload, tidegate_error* said) noexcept {
  return guard(said, no_memory, [&] {
    const std::span slices{delivery->slices, delivery->slice_count};
    const auto samples = sample_count(slices);
    if (std::uint64_t{first} + count > samples)
      throw bug("encode is asked for " + std::to_string(count) + " samples from " + std::to_string(first) +
                " on, but the delivery has " + std::to_string(samples));
    auto& bytes = of(encoder).payload;
    begin_payload(bytes);
    of(encoder).made->encode(slices, first, count, bytes);
    if (bytes.size() > UINT32_MAX)
      throw permanent("the payload is larger than 4 GiB; send fewer samples at a time");
    *payload = text(bytes);
    return TIDEGATE_OK;
  });
}

tidegate_text content_type(void* encoder) noexcept { return text(of(encoder).made->content_type()); }
tidegate_text file_extension(void* encoder) noexcept { return text(of(encoder).made->file_extension()); }
tidegate_text preamble(void* encoder) noexcept { return text(of(encoder).preamble); }
void destroy(void* encoder) noexcept { delete static_cast<handle*>(encoder); }

}  // namespace

const tidegate_encode* encode_extension() noexcept {
  static constexpr tidegate_encode table{sizeof(tidegate_encode), 0,        create, encode, content_type,
                                         file_extension,          preamble, destroy};
  return &table;
}

}  // namespace tidegate::codec
