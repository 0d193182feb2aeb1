#include "tls/credentials.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tidegate/error.hpp"
#include "tls/openssl.hpp"
#include "tls/token_key.hpp"
#include "tls/x509_text.hpp"

namespace tidegate::tls {
namespace {

// More than any bundle of certificates.
constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;

// How a file begins by which a provider of OpenSSL finds a key in a TPM.
constexpr std::string_view key_in_tpm = "BEGIN TSS2 PRIVATE KEY";

// One option and the content of its file.
struct file {
  std::string option;
  std::string path;
  std::string content;

  std::string who() const { return option + " " + path; }
  bool holds(std::string_view text) const { return content.find(text) != std::string::npos; }
};

error cannot_read(const file& wanted) {
  return temporary("cannot read " + wanted.who() + ": " + std::strerror(errno));
}

std::string read_all(int descriptor, const file& wanted) {
  std::string content;
  char block[16384];
  for (;;) {
    const auto count = ::read(descriptor, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw cannot_read(wanted);
    if (count == 0) return content;
    content.append(block, static_cast<std::size_t>(count));
    if (content.size() > file_bytes_max)
      throw temporary(wanted.who() + " is larger than 4 MiB, so that it is no file of certificates");
  }
}

// As PostgreSQL has it: a key of our own is ours alone; one of root may be readable by a group, which is how
// packages share keys.
void check_mode(int descriptor, const file& key) {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) throw cannot_read(key);
  const bool is_roots = found.st_uid == 0 && ::geteuid() != 0;
  const mode_t allowed = is_roots ? 0740 : 0700;
  if ((found.st_mode & 0777 & ~allowed) == 0) return;
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(found.st_mode & 0777));
  throw temporary(key.who() + " can be read or written by other users (its mode is " + mode +
                  "); run: chmod 600 " + key.path);
}

file read_file(const char* option, const std::string& path, bool is_secret = false) {
  file made{option, path, {}};
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) throw cannot_read(made);
  try {
    if (is_secret) check_mode(descriptor, made);
    made.content = read_all(descriptor, made);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  ::close(descriptor);
  return made;
}

// What a file is that is not what it should be, and what to do.
error wrong_content(const file& of, const std::string& wanted) {
  std::string is = "holds no " + wanted + " in PEM form";
  if (of.content.empty()) {
    is = "is empty";
  } else if (of.holds(key_in_tpm)) {
    is = "holds a key in a TPM, which cannot be loaded; activate OpenSSL's provider tpm2 in a file that "
         "OPENSSL_CONF names, and let this program reach the TPM";
  } else if (of.content.front() == '\x30') {
    is = "is in DER form; convert it: openssl " + std::string{wanted == "certificate" ? "x509" : "pkey"} +
         " -inform der -in " + of.path + " -out " + of.path + ".pem";
  } else if (of.option == "tls.ca" && of.holds("PRIVATE KEY-----")) {
    is = "holds a private key, not a certificate; give the certificate of the CA";
  } else if (wanted == "certificate" && of.holds("PRIVATE KEY-----")) {
    is = "holds a private key, not a certificate; are tls.certificate and tls.key exchanged?";
  } else if (wanted == "private key" && of.holds("BEGIN CERTIFICATE-----")) {
    is = "holds a certificate, not a private key; are tls.certificate and tls.key exchanged?";
  } else if (of.holds("-----BEGIN") && !of.holds("-----END")) {
    is = "is cut off: its last -----END line is missing; copy it again";
  } else if (of.holds("-----BEGIN")) {
    is += ", or one that is damaged; copy it again";
  }
  return temporary(of.who() + " " + is);
}

x509 first_certificate(const file& from) {
  ERR_clear_error();
  const auto in = reader_of(from.content);
  x509 found{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)};
  ERR_clear_error();
  if (!found) throw wrong_content(from, "certificate");
  return found;
}

// What the library asks when a key is encrypted, and whether it asked.
struct passphrase {
  const std::string& text;
  bool was_asked_for = false;

  static int give(char* buffer, int capacity, int, void* user) {
    auto& self = *static_cast<passphrase*>(user);
    self.was_asked_for = true;
    const auto length = static_cast<int>(self.text.size());
    if (length == 0 || length > capacity) return -1;
    std::memcpy(buffer, self.text.data(), self.text.size());
    return length;
  }
};

private_key read_key(const file& from, const std::string& text) {
  ERR_clear_error();
  const auto in = reader_of(from.content);
  passphrase secret{text};
  private_key found{PEM_read_bio_PrivateKey(in.get(), nullptr, &passphrase::give, &secret)};
  ERR_clear_error();
  if (found) return found;
  if (secret.was_asked_for && text.empty())
    throw temporary(from.who() + " is encrypted; give its passphrase as tls.key_passphrase");
  if (secret.was_asked_for)
    throw temporary("tls.key_passphrase does not open " + from.who() + "; correct it");
  throw wrong_content(from, "private key");
}

void check_dates(const X509& certificate, const file& from, std::int64_t now) {
  const auto clock = "; the clock says " + day_text(now);
  if (now < valid_from(certificate))
    throw temporary(from.who() + " is not valid before " + date_text(valid_from(certificate)) + clock +
                    ": set the clock, or wait");
  if (now > valid_until(certificate))
    throw temporary(from.who() + " expired at " + date_text(valid_until(certificate)) + clock +
                    ": get a new certificate");
}

void check_pair(const X509& certificate, EVP_PKEY& key, const file& certificate_file, const file& key_file) {
  if (X509_check_private_key(&certificate, &key) == 1) return;
  ERR_clear_error();
  throw temporary(key_file.who() + " is not the key of " + certificate_file.who() + " (" +
                  subject_of(certificate) + "); give the two that were made together");
}

// What OpenSSL gives as the reason, and forgets.
std::string reason_of_openssl() {
  const char* text = ERR_reason_error_string(ERR_peek_error());
  const auto made = std::string{text == nullptr ? "no reason given" : text};
  ERR_clear_error();
  return made;
}

bool can_sign(EVP_PKEY& key) {
  const digest_context signing{EVP_MD_CTX_new()};
  constexpr unsigned char any[] = "any text";
  std::size_t length = 0;
  ERR_clear_error();
  if (EVP_DigestSignInit_ex(signing.get(), nullptr, nullptr, nullptr, nullptr, &key, nullptr) != 1 ||
      EVP_DigestSign(signing.get(), nullptr, &length, any, sizeof any) != 1)
    return false;
  std::vector<unsigned char> signature(length);
  return EVP_DigestSign(signing.get(), signature.data(), &length, any, sizeof any) == 1;
}

// A key can be found and still be of no use, if there is a TPM: its passphrase is only asked for now, and
// OpenSSL gives all signatures to one side, of which the other has no more than the public half.
void check_use(EVP_PKEY& key, const file& from) {
  if (can_sign(key)) return;
  const auto cannot = " cannot sign (" + reason_of_openssl() + "); ";
  if (from.holds(key_in_tpm))
    throw temporary(from.who() + " is in a TPM and" + cannot +
                    "correct tls.key_passphrase if it has one, and let OpenSSL give signatures to the TPM "
                    "(default_properties = ?tpm2.signature=yes)");
  throw temporary(from.who() + cannot +
                  "if OPENSSL_CONF gives signatures to a TPM, keys in files cannot be used beside it");
}

}  // namespace

credentials credentials::load(const file_names& from, std::int64_t now_utc) {
  credentials made;
  if (!from.ca.empty()) {
    const auto ca = read_file("tls.ca", from.ca);
    first_certificate(ca);
    made.ca_ = memory_file{ca.content};
  }
  if (from.certificate.empty()) return made;
  const auto certificate = read_file("tls.certificate", from.certificate);
  const auto parsed = first_certificate(certificate);
  if (from.key_uri.empty()) {
    const auto key = read_file("tls.key", from.key, true);
    const auto parsed_key = read_key(key, from.key_passphrase);
    check_pair(*parsed, *parsed_key, certificate, key);
    check_use(*parsed_key, key);
    made.key_ = memory_file{key.content};
    made.key_passphrase_ = from.key_passphrase;
  } else {
    made.token_key_ = load_token_key({from.key_uri, from.pkcs11_module, from.key_passphrase});
    check_pair(*parsed, *made.token_key_, certificate, {"tls.key_uri", from.key_uri, {}});
  }
  check_dates(*parsed, certificate, now_utc);
  made.certificate_ = memory_file{certificate.content};
  made.expires_ = valid_until(*parsed);
  return made;
}

file_watch::file_watch(const file_names& of) {
  for (const auto& path : {of.ca, of.certificate, of.key})
    if (!path.empty()) paths_.push_back(path);
  known_ = last_ = look();
}

std::vector<std::int64_t> file_watch::look() const {
  std::vector<std::int64_t> seen;
  for (const auto& path : paths_) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) found = {};
    seen.insert(seen.end(), {static_cast<std::int64_t>(found.st_ino), found.st_size, found.st_mode,
                             found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_ctim.tv_nsec});
  }
  return seen;
}

bool file_watch::changed() {
  auto now = look();
  const bool is_settled = now == last_;
  last_ = std::move(now);
  if (!is_settled || last_ == known_) return false;
  known_ = last_;
  return true;
}

}  // namespace tidegate::tls
