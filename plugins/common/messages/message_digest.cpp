#include "messages/message_digest.hpp"

#define XXH_INLINE_ALL
#include <openssl/sha.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "tls/openssl.hpp"

namespace tidegate::messages {
namespace {

struct hash_freed {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

// Looked up once: the library would look for it anew with each message. Its own, if there are others: a
// provider for a TPM has one as well, which goes there.
const EVP_MD* sha256() {
  static const EVP_MD* const made = EVP_MD_fetch(nullptr, "SHA256", "?provider=default");
  return made;
}

EVP_MD_CTX* context_of_thread() {
  thread_local const std::unique_ptr<EVP_MD_CTX, hash_freed> made{EVP_MD_CTX_new()};
  return made.get();
}

// With its length, so that no two messages are one text.
void add(EVP_MD_CTX* into, std::string_view text) {
  const std::uint64_t length = text.size();
  EVP_DigestUpdate(into, &length, sizeof length);
  EVP_DigestUpdate(into, text.data(), text.size());
}

}  // namespace

std::string message_digest::text() const {
  constexpr char digits[] = "0123456789abcdef";
  std::string made;
  for (const auto byte : bytes) {
    made += digits[byte >> 4];
    made += digits[byte & 15];
  }
  return made;
}

message_digest digest_of(std::string_view sender, std::string_view topic, std::string_view payload) {
  auto* const hash = context_of_thread();
  std::uint8_t full[SHA256_DIGEST_LENGTH] = {};
  EVP_DigestInit_ex(hash, sha256(), nullptr);
  add(hash, sender);
  add(hash, topic);
  add(hash, payload);
  EVP_DigestFinal_ex(hash, full, nullptr);
  message_digest made;
  std::copy_n(full, made.bytes.size(), made.bytes.begin());
  return made;
}

message_digest quick_digest_of(std::string_view topic, std::string_view payload) {
  const auto seed = XXH3_64bits(topic.data(), topic.size());
  const auto full = XXH3_128bits_withSeed(payload.data(), payload.size(), seed);
  message_digest made;
  static_assert(sizeof full == sizeof made.bytes);
  std::memcpy(made.bytes.data(), &full, sizeof full);
  return made;
}

}  // namespace tidegate::messages
