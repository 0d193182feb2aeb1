#include "compress.hpp"

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "file_system.hpp"

namespace tidegate::file_sink {
namespace {

constexpr std::size_t block_bytes = 128 * 1024;
constexpr int gzip_window = 15 + 16;  // the largest window, with gzip's header and check sum
constexpr int zstd_level = 3;

using take_bytes = std::function<bool(std::string_view)>;  // false: enough

std::size_t read_some(int file, const std::string& path, char* into, std::size_t capacity) {
  for (;;) {
    const auto got = ::read(file, into, capacity);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw failure("read", path);
  }
}

void write_all(int file, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw failure("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

class encoder {
 public:
  virtual ~encoder() = default;
  virtual void feed(std::string_view bytes, bool last, const take_bytes& take) = 0;
};

class gzip_encoder final : public encoder {
 public:
  gzip_encoder() : output_(block_bytes) {
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw temporary("no memory for gzip");
  }
  ~gzip_encoder() override { deflateEnd(&stream_); }
  void feed(std::string_view bytes, bool last, const take_bytes& take) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
      stream_.avail_out = static_cast<uInt>(output_.size());
      deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      take({output_.data(), output_.size() - stream_.avail_out});
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
  std::vector<char> output_;
};

class zstd_encoder final : public encoder {
 public:
  zstd_encoder() : context_{ZSTD_createCCtx()}, output_(ZSTD_CStreamOutSize()) {
    if (!context_) throw temporary("no memory for zstd");
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, zstd_level);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }
  void feed(std::string_view bytes, bool last, const take_bytes& take) override {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer output{output_.data(), output_.size(), 0};
      const auto left =
          ZSTD_compressStream2(context_.get(), &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left)) throw temporary(std::string{"zstd: "} + ZSTD_getErrorName(left));
      take({output_.data(), output.pos});
      if (last ? left == 0 : input.pos == input.size) return;
    }
  }

 private:
  struct free_context {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, free_context> context_;
  std::vector<char> output_;
};

class decoder {
 public:
  virtual ~decoder() = default;
  // False when the bytes are no compressed content, or `take` has had enough.
  virtual bool feed(std::string_view bytes, const take_bytes& take) = 0;
  virtual bool ended() const = 0;
};

class gzip_decoder final : public decoder {
 public:
  gzip_decoder() : output_(block_bytes) {
    if (inflateInit2(&stream_, gzip_window) != Z_OK) throw temporary("no memory for gzip");
  }
  ~gzip_decoder() override { inflateEnd(&stream_); }
  bool feed(std::string_view bytes, const take_bytes& take) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
      stream_.avail_out = static_cast<uInt>(output_.size());
      const auto said = inflate(&stream_, Z_NO_FLUSH);
      if (!take({output_.data(), output_.size() - stream_.avail_out})) return false;
      if (said == Z_STREAM_END) ended_ = true;
      if (ended_) return stream_.avail_in == 0;
      if (said != Z_OK && said != Z_BUF_ERROR) return false;
    } while (stream_.avail_out == 0);
    return true;
  }
  bool ended() const override { return ended_; }

 private:
  z_stream stream_{};
  std::vector<char> output_;
  bool ended_ = false;
};

class zstd_decoder final : public decoder {
 public:
  zstd_decoder() : context_{ZSTD_createDCtx()}, output_(ZSTD_DStreamOutSize()) {
    if (!context_) throw temporary("no memory for zstd");
  }
  bool feed(std::string_view bytes, const take_bytes& take) override {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer output{output_.data(), output_.size(), 0};
      const auto left = ZSTD_decompressStream(context_.get(), &output, &input);
      if (ZSTD_isError(left)) return false;
      if (!take({output_.data(), output.pos})) return false;
      ended_ = left == 0;
      if (input.pos == input.size && output.pos < output.size) return true;
    }
  }
  bool ended() const override { return ended_; }

 private:
  struct free_context {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, free_context> context_;
  std::vector<char> output_;
  bool ended_ = false;
};

std::unique_ptr<encoder> make_encoder(compression how) {
  if (how == compression::gzip) return std::make_unique<gzip_encoder>();
  return std::make_unique<zstd_encoder>();
}
std::unique_ptr<decoder> make_decoder(compression how) {
  if (how == compression::gzip) return std::make_unique<gzip_decoder>();
  return std::make_unique<zstd_decoder>();
}

// Compares what it is given with the next bytes of a file.
class comparison {
 public:
  comparison(int file, const std::string& path) : file_{file}, path_{path}, block_(block_bytes) {}
  bool next(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto got = read_some(file_, path_, block_.data(), std::min(bytes.size(), block_.size()));
      if (got == 0 || std::memcmp(bytes.data(), block_.data(), got) != 0) return false;
      bytes.remove_prefix(got);
    }
    return true;
  }
  bool at_end() { return read_some(file_, path_, block_.data(), 1) == 0; }

 private:
  int file_;
  const std::string& path_;
  std::vector<char> block_;
};

}  // namespace

void compress(int from, const std::string& from_path, int to, const std::string& to_path, compression how,
              const std::atomic<bool>& stop) {
  const auto encode = make_encoder(how);
  std::vector<char> block(block_bytes);
  const take_bytes write = [&](std::string_view bytes) {
    write_all(to, to_path, bytes);
    return true;
  };
  for (;;) {
    if (stop) throw compression_stopped{};
    const auto got = read_some(from, from_path, block.data(), block.size());
    encode->feed({block.data(), got}, got == 0, write);
    if (got == 0) return;
  }
}

bool holds_the_same(int plain, const std::string& plain_path, int compressed,
                    const std::string& compressed_path, compression how, const std::atomic<bool>& stop) {
  const auto decode = make_decoder(how);
  comparison expected{plain, plain_path};
  const take_bytes compare = [&](std::string_view bytes) { return expected.next(bytes); };
  std::vector<char> block(block_bytes);
  for (;;) {
    if (stop) throw compression_stopped{};
    const auto got = read_some(compressed, compressed_path, block.data(), block.size());
    if (got == 0) return decode->ended() && expected.at_end();
    if (decode->ended() || !decode->feed({block.data(), got}, compare)) return false;
  }
}

}  // namespace tidegate::file_sink
