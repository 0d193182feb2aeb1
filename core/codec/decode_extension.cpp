// The decoders behind the C table of abi.h: errors are values here, and nothing is thrown.
#include <algorithm>
#include <cstddef>

#include "codec/boundary.hpp"
#include "codec/decoder.hpp"

namespace tidegate::codec {
namespace {

constexpr std::string_view no_memory = "there is not enough memory to decode what came in";
constexpr std::size_t decoded_bytes_min = offsetof(tidegate_decoded, silence) + sizeof(std::int64_t);

// What a plugin holds: its host is where blocks come from.
struct decoder_handle {
  decoder_handle(const tidegate_host* from, const tidegate_value& framing, const tidegate_value& format)
      : host{from}, made{component_host{from}, options{framing}, options{format}} {}
  const tidegate_host* host;
  decoder made;
};

struct stream_handle {
  const tidegate_host* host;
  std::unique_ptr<decode_stream> made;
};

decode_stream& of(void* stream) noexcept { return *static_cast<stream_handle*>(stream)->made; }

tidegate_status create(const tidegate_host* host, const tidegate_value* framing, const tidegate_value* format,
                       void** decoder, tidegate_error* said) noexcept {
  return guard(said, no_memory, [&] {
    *decoder = new decoder_handle{host, *framing, *format};
    return TIDEGATE_OK;
  });
}

tidegate_status open(void* decoder, const tidegate_entry* tags, std::uint32_t count, void** stream,
                     tidegate_error* said) noexcept {
  return guard(said, no_memory, [&] {
    std::vector<std::pair<std::string, std::string>> copied;
    for (std::uint32_t index = 0; index < count; ++index) {
      const auto key = view(tags[index].key);
      if (key.empty() || tags[index].value.type != TIDEGATE_TYPE_STRING)
        throw bug("a tag of a stream has no name, or a value that is no text");
      copied.emplace_back(key, view(tags[index].value.as.text));
    }
    auto& from = *static_cast<decoder_handle*>(decoder);
    *stream = new stream_handle{from.host, from.made.open(std::move(copied))};
    return TIDEGATE_OK;
  });
}

tidegate_status tell(void* stream, std::size_t taken, tidegate_decoded* to, tidegate_error* said) noexcept {
  if (to == nullptr || to->size < decoded_bytes_min)
    return fail(said, TIDEGATE_ERROR_BUG, "tidegate_decoded has no size, or one that is too small");
  const auto& from = of(stream);
  to->taken = static_cast<std::uint32_t>(taken);
  to->samples = from.batch().size();
  to->frames = from.frames();
  to->faults = from.faults();
  to->pending = from.pending();
  to->silence = from.silence().count();
  return TIDEGATE_OK;
}

tidegate_status feed(void* stream, tidegate_text bytes, std::int64_t time, tidegate_decoded* to,
                     tidegate_error* said) noexcept {
  return guard(said, no_memory, [&] {
    const auto taken = of(stream).feed(view(bytes), time);
    return tell(stream, taken, to, said);
  });
}

tidegate_status end(void* stream, std::uint32_t why, std::int64_t time, tidegate_decoded* to,
                    tidegate_error* said) noexcept {
  return guard(said, no_memory, [&] {
    if (why > TIDEGATE_PAUSE_BROKEN) throw bug("there is no pause " + std::to_string(why));
    of(stream).end(static_cast<pause>(why), time);
    return tell(stream, 0, to, said);
  });
}

tidegate_status take(void* stream, void** block, tidegate_error* said) noexcept {
  return guard(said, no_memory, [&]() -> tidegate_status {
    *block = nullptr;
    auto& from = of(stream);
    if (from.batch().empty()) return TIDEGATE_OK;
    const auto* host = static_cast<stream_handle*>(stream)->host;
    void* memory = host->batch_allocate(host, from.batch().bytes());
    if (memory == nullptr) return fail(said, TIDEGATE_ERROR_TEMPORARY, "the host has no memory for a batch");
    from.batch().write_to(memory);
    from.clear();
    *block = memory;
    return TIDEGATE_OK;
  });
}

void close(void* stream) noexcept { delete static_cast<stream_handle*>(stream); }
void destroy(void* decoder) noexcept { delete static_cast<decoder_handle*>(decoder); }

}  // namespace

const tidegate_decode* decode_extension() noexcept {
  static constexpr tidegate_decode table{sizeof table, 0, create, open, feed, end, take, close, destroy};
  return &table;
}

}  // namespace tidegate::codec
