#include "messages/compression.hpp"

#include <zlib.h>
#include <zstd.h>

#include "tidegate/error.hpp"

namespace tidegate::messages {
namespace {

constexpr int with_gzip_header = 16;
constexpr int memory_level = 8;

void gzip(std::string_view payload, std::string& into) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + with_gzip_header, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw temporary("there is not enough memory to compress a payload");
  into.resize(deflateBound(&stream, payload.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
  stream.avail_in = static_cast<uInt>(payload.size());
  stream.next_out = reinterpret_cast<Bytef*>(into.data());
  stream.avail_out = static_cast<uInt>(into.size());
  const bool is_complete = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  into.resize(stream.total_out);
  deflateEnd(&stream);
  if (!is_complete) throw temporary("a payload could not be compressed by zlib");
}

void zstd(std::string_view payload, std::string& into) {
  into.resize(ZSTD_compressBound(payload.size()));
  const auto length =
      ZSTD_compress(into.data(), into.size(), payload.data(), payload.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(length) != 0)
    throw temporary(std::string{"a payload could not be compressed: "} + ZSTD_getErrorName(length));
  into.resize(length);
}

}  // namespace

std::string_view content_encoding_of(compression how) {
  if (how == compression::gzip) return "gzip";
  return how == compression::zstd ? "zstd" : "";
}

void compress(std::string_view payload, compression how, std::string& into) {
  if (how == compression::gzip) return gzip(payload, into);
  if (how == compression::zstd) return zstd(payload, into);
  into = payload;
}

}  // namespace tidegate::messages
