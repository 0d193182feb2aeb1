// The encoders behind the C table of abi.h: errors are values here, and nothing is thrown.
#include <algorithm>
#include <cstring>
#include <new>

#include "codec/encoder.hpp"
#include "tidegate/error.hpp"

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

void begin_payload(std::string& payload) {
  const bool is_oversized =
      payload.capacity() > payload_bytes_kept && payload.size() < payload.capacity() / 8;
  payload.clear();
  if (is_oversized) payload.shrink_to_fit();
}

template <std::size_t Bytes>
void copy_text(char (&to)[Bytes], std::string_view from) noexcept {
  const auto length = std::min(from.size(), Bytes - 1);
  std::memcpy(to, from.data(), length);
  to[length] = '\0';
}

tidegate_status fail(tidegate_error* said, tidegate_status status, std::string_view text,
                     std::string_view option = {}) noexcept {
  if (said != nullptr && said->size >= sizeof *said) {
    copy_text(said->option, option);
    copy_text(said->text, text);
  }
  return status;
}

template <class Call>
tidegate_status guard(tidegate_error* said, Call call) noexcept {
  try {
    return call();
  } catch (const error& thrown) {
    return fail(said, thrown.status(), thrown.what(), thrown.option());
  } catch (const std::bad_alloc&) {
    return fail(said, TIDEGATE_ERROR_TEMPORARY, "there is not enough memory to encode a payload");
  } catch (const std::exception& thrown) {
    return fail(said, TIDEGATE_ERROR_BUG, thrown.what());
  }
}

handle& of(void* encoder) noexcept { return *static_cast<handle*>(encoder); }

tidegate_status create(const tidegate_host*, const tidegate_value* encoding, void** encoder,
                       tidegate_error* said) noexcept {
  return guard(said, [&] {
    auto made = std::make_unique<handle>();
    made->made = make_encoder(options{*encoding});
    made->made->preamble(made->preamble);
    *encoder = made.release();
    return TIDEGATE_OK;
  });
}

tidegate_status encode(void* encoder, const tidegate_delivery* delivery, std::uint32_t first,
                       std::uint32_t count, tidegate_text* payload, tidegate_error* said) noexcept {
  return guard(said, [&] {
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
