#include "tls/credentials.hpp"

#include <ctime>

#include "certificates.hpp"
#include "tls/live_credentials.hpp"
#include "tls/openssl.hpp"
#include "tls/x509_text.hpp"

namespace tidegate::testing {
namespace {

constexpr std::int64_t day = 86'400'000'000'000;

std::int64_t now() { return std::int64_t{std::time(nullptr)} * 1'000'000'000; }

class Credentials : public ::testing::Test {
 protected:
  Credentials() { pki.make_pair("device"); }

  tls::file_names files(const std::string& certificate = "device.pem",
                        const std::string& key = "device.key") const {
    return {pki / "device.pem", pki / certificate, pki / key, {}};
  }
  static std::string problem_of(const tls::file_names& files, std::int64_t at = now()) {
    try {
      tls::credentials::load(files, at);
    } catch (const tidegate::error& thrown) {
      EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_TEMPORARY);
      return thrown.what();
    }
    return "(accepted)";
  }
  std::string certificate(const std::string& name = "device.pem") const {
    return "tls.certificate " + (pki / name);
  }
  std::string key(const std::string& name = "device.key") const { return "tls.key " + (pki / name); }

  certificates pki;
};

TEST_F(Credentials, AreKeptAsTheyWereWhenTheyWereChecked) {
  const auto before = content(pki / "device.pem");
  const auto made = tls::credentials::load(files(), now());
  put(pki / "device.pem", "something else");
  EXPECT_EQ(content(made.certificate_path()), before);
  EXPECT_EQ(content(made.key_path()), content(pki / "device.key"));
  EXPECT_NEAR(static_cast<double>(made.expires()), static_cast<double>(now() + 90 * day), 2.0 * 60 * 1e9);
}

TEST_F(Credentials, MayBeNone) {
  const auto made = tls::credentials::load({}, now());
  EXPECT_EQ(made.ca_path(), "");
  EXPECT_EQ(made.certificate_path(), "");
  EXPECT_EQ(made.expires(), 0);
}

TEST_F(Credentials, SayWhichFileIsMissing) {
  EXPECT_EQ(problem_of(files("none.pem")),
            "cannot read " + certificate("none.pem") + ": No such file or directory");
  EXPECT_EQ(problem_of({pki / "none.pem", {}, {}, {}}),
            "cannot read tls.ca " + (pki / "none.pem") + ": No such file or directory");
}

TEST_F(Credentials, AreRefusedWhenOthersCanReadTheKey) {
  for (const mode_t mode : {0644, 0640, 0660, 0602}) {
    ::chmod((pki / "device.key").c_str(), mode);
    char text[8];
    std::snprintf(text, sizeof text, "%04o", mode);
    EXPECT_EQ(problem_of(files()), key() + " can be read or written by other users (its mode is " + text +
                                       "); run: chmod 600 " + (pki / "device.key"));
  }
  ::chmod((pki / "device.key").c_str(), 0400);
  EXPECT_EQ(problem_of(files()), "(accepted)");
}

TEST_F(Credentials, SayThatCertificateAndKeyAreExchanged) {
  ::chmod((pki / "device.pem").c_str(), 0600);
  EXPECT_EQ(problem_of(files("device.key", "device.pem")),
            certificate("device.key") +
                " holds a private key, not a certificate; are tls.certificate and tls.key exchanged?");
  EXPECT_EQ(problem_of(files("device.pem", "device.pem")),
            key("device.pem") +
                " holds a certificate, not a private key; are tls.certificate and tls.key exchanged?");
}

TEST_F(Credentials, SayThatTheCaIsAKey) {
  auto given = files();
  given.ca = pki / "device.key";
  EXPECT_EQ(problem_of(given),
            "tls.ca " + given.ca + " holds a private key, not a certificate; give the certificate of the CA");
}

TEST_F(Credentials, SayThatAKeyBelongsToAnotherCertificate) {
  pki.make_pair("other");
  EXPECT_EQ(problem_of(files("device.pem", "other.key")),
            key("other.key") + " is not the key of " + certificate() +
                " (CN=device); give the two that were made together");
}

TEST_F(Credentials, WantThePassphraseOfAnEncryptedKey) {
  pki.openssl("pkey -in device.key -aes256 -passout pass:secret -out locked.key");
  ::chmod((pki / "locked.key").c_str(), 0600);
  auto locked = files("device.pem", "locked.key");
  EXPECT_EQ(problem_of(locked),
            key("locked.key") + " is encrypted; give its passphrase as tls.key_passphrase");
  locked.key_passphrase = "wrong";
  EXPECT_EQ(problem_of(locked), "tls.key_passphrase does not open " + key("locked.key") + "; correct it");
  locked.key_passphrase = "secret";
  EXPECT_EQ(problem_of(locked), "(accepted)");
}

TEST_F(Credentials, SayWhatElseAFileIs) {
  pki.openssl("x509 -in device.pem -outform der -out device.der");
  EXPECT_EQ(problem_of(files("device.der")),
            certificate("device.der") + " is in DER form; convert it: openssl x509 -inform der -in " +
                (pki / "device.der") + " -out " + (pki / "device.der") + ".pem");
  put(pki / "empty.pem", "");
  EXPECT_EQ(problem_of(files("empty.pem")), certificate("empty.pem") + " is empty");
  const auto whole = content(pki / "device.pem");
  put(pki / "cut.pem", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(problem_of(files("cut.pem")),
            certificate("cut.pem") + " is cut off: its last -----END line is missing; copy it again");
  put(pki / "text.pem", "hello");
  EXPECT_EQ(problem_of(files("text.pem")), certificate("text.pem") + " holds no certificate in PEM form");
  put(pki / "tpm.key", "-----BEGIN TSS2 PRIVATE KEY-----\nAA==\n-----END TSS2 PRIVATE KEY-----\n");
  ::chmod((pki / "tpm.key").c_str(), 0600);
  EXPECT_EQ(
      problem_of(files("device.pem", "tpm.key")),
      key("tpm.key") +
          " holds a key in a TPM, which cannot be loaded; activate OpenSSL's provider tpm2 in a file that "
          "OPENSSL_CONF names, and let this program reach the TPM");
}

TEST_F(Credentials, TakeKeysOfEachKind) {
  for (const std::string kind : {"rsa:2048", "rsa-pss -pkeyopt rsa_keygen_bits:2048", "ed25519",
                                 "ec -pkeyopt ec_paramgen_curve:secp384r1"}) {
    pki.openssl("req -x509 -newkey " + kind +
                " -nodes -days 90 -subj /CN=kind -keyout kind.key -out kind.pem");
    ::chmod((pki / "kind.key").c_str(), 0600);
    EXPECT_EQ(problem_of(files("kind.pem", "kind.key")), "(accepted)") << kind;
  }
}

TEST_F(Credentials, TakeFilesWithLineEndsOfWindows) {
  auto text = content(pki / "device.pem");
  std::string converted;
  for (const char c : text) converted += c == '\n' ? "\r\n" : std::string{c};
  put(pki / "windows.pem", converted);
  EXPECT_EQ(problem_of(files("windows.pem")), "(accepted)");
}

TEST_F(Credentials, AreRefusedBeforeAndAfterTheirTime) {
  const auto from = now() - 10 * day;
  EXPECT_EQ(problem_of(files(), from).substr(0, (certificate() + " is not valid before ").size()),
            certificate() + " is not valid before ");
  EXPECT_NE(
      problem_of(files(), from).find("; the clock says " + tls::day_text(from) + ": set the clock, or wait"),
      std::string::npos);
  // The same at the next try, so that it is told once.
  EXPECT_EQ(problem_of(files(), from), problem_of(files(), from + 1'000'000'000));
  const auto after = now() + 91 * day;
  EXPECT_EQ(problem_of(files(), after).substr(0, (certificate() + " expired at ").size()),
            certificate() + " expired at ");
}

class LiveCredentials : public Credentials {
 protected:
  using outcome = tls::live_credentials::outcome;
  // After two looks, since a change must have settled.
  outcome look() {
    why.clear();
    const auto first = live.look(now(), why);
    return first != outcome::unchanged ? first : live.look(now(), why);
  }
  void replace_pair(const std::string& by) {
    std::filesystem::copy_file(pki / (by + ".pem"), pki / "device.pem",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(pki / (by + ".key"), pki / "device.key",
                               std::filesystem::copy_options::overwrite_existing);
    ::chmod((pki / "device.key").c_str(), 0600);
  }

  tls::live_credentials live{files()};
  std::string why;
};

TEST_F(LiveCredentials, FollowTheirFiles) {
  const auto before = live.get(now());
  EXPECT_EQ(look(), outcome::unchanged);
  pki.make_pair("new");
  replace_pair("new");
  EXPECT_EQ(look(), outcome::renewed);
  EXPECT_EQ(content(live.get(now())->certificate_path()), content(pki / "new.pem"));
  EXPECT_NE(content(before->certificate_path()), content(pki / "new.pem"));
  EXPECT_EQ(look(), outcome::unchanged);
}

TEST_F(LiveCredentials, StayWhatTheyWereWhenTheNewPairIsWrong) {
  const auto before = content(live.get(now())->certificate_path());
  pki.make_pair("new");
  std::filesystem::copy_file(pki / "new.pem", pki / "device.pem",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(look(), outcome::refused);
  EXPECT_EQ(
      why, key() + " is not the key of " + certificate() + " (CN=new); give the two that were made together");
  EXPECT_EQ(content(live.get(now())->certificate_path()), before);
  EXPECT_EQ(look(), outcome::unchanged);  // said once
  std::filesystem::remove(pki / "device.pem");
  EXPECT_EQ(look(), outcome::refused);
  EXPECT_EQ(content(live.get(now())->certificate_path()), before);
}

TEST_F(LiveCredentials, AreLoadedAtEachTryUntilTheyAreRight) {
  std::filesystem::rename(pki / "device.key", pki / "away.key");
  EXPECT_THROW(live.get(now()), tidegate::error);
  std::filesystem::rename(pki / "away.key", pki / "device.key");
  EXPECT_NE(live.get(now()), nullptr);
}

TEST_F(LiveCredentials, WarnOfTheirEndAtThreeDistances) {
  live.get(now());
  const auto end = live.expires();
  EXPECT_EQ(live.expiry_warning(end - 31 * day), std::nullopt);
  EXPECT_EQ(live.expiry_warning(end - 29 * day),
            certificate() + " expires at " + tls::date_text(end) + "; put a new one in its place");
  EXPECT_EQ(live.expiry_warning(end - 28 * day), std::nullopt);
  EXPECT_TRUE(live.expiry_warning(end - 6 * day));
  EXPECT_FALSE(live.expiry_warning(end - 5 * day));
  EXPECT_TRUE(live.expiry_warning(end - day / 2));
  EXPECT_FALSE(live.expiry_warning(end - day / 4));
}

TEST_F(Credentials, ShowTheNamesOfACertificate) {
  pki.openssl(
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout s.key -out s.pem -days 1 "
      "-subj "
      "/O=Example/CN=broker -addext 'subjectAltName=DNS:a.example,DNS:*.b.example,IP:10.0.0.1'");
  const auto text = content(pki / "s.pem");
  const auto in = tls::reader_of(text);
  const tls::x509 made{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)};
  EXPECT_EQ(tls::names_of(*made), "a.example, *.b.example, 10.0.0.1");
  EXPECT_EQ(tls::subject_of(*made), "CN=broker,O=Example");
  EXPECT_EQ(tls::date_text(1'600'000'000'000'000'000), "2020-09-13 12:26:40 UTC");
}

}  // namespace
}  // namespace tidegate::testing
