#include "tls/x509_text.hpp"

#include <arpa/inet.h>

#include <ctime>

namespace tidegate::tls {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::string content_of(BIO& from) {
  char* data = nullptr;
  const auto length = BIO_get_mem_data(&from, &data);
  return {data, static_cast<std::size_t>(length)};
}

std::string text_of(const X509_NAME* name) {
  const bio out{BIO_new(BIO_s_mem())};
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return content_of(*out);
}

std::string text_of(const ASN1_STRING& text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&text)),
          static_cast<std::size_t>(ASN1_STRING_length(&text))};
}

std::string address_text(const ASN1_OCTET_STRING& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = ASN1_STRING_length(&address) == 4 ? AF_INET : AF_INET6;
  ::inet_ntop(family, ASN1_STRING_get0_data(&address), text, sizeof text);
  return text;
}

std::string text_of(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) return text_of(*name.d.dNSName);
  if (name.type == GEN_IPADD) return address_text(*name.d.iPAddress);
  return {};
}

std::string common_name(const X509& certificate) {
  const auto* subject = X509_get_subject_name(&certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return "no name";
  return text_of(*X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
}

std::int64_t time_of(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return 0;
  const auto seconds = std::int64_t{::timegm(&broken_down)};
  // "never" is written as the year 9999, which no clock in nanoseconds reaches.
  return seconds > INT64_MAX / second ? INT64_MAX : seconds * second;
}

}  // namespace

std::string subject_of(const X509& certificate) { return text_of(X509_get_subject_name(&certificate)); }
std::string issuer_of(const X509& certificate) { return text_of(X509_get_issuer_name(&certificate)); }

std::string names_of(const X509& certificate) {
  std::string all;
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int index = 0; index < sk_GENERAL_NAME_num(names); ++index) {
    const auto text = text_of(*sk_GENERAL_NAME_value(names, index));
    if (!text.empty()) all += (all.empty() ? "" : ", ") + text;
  }
  GENERAL_NAMES_free(names);
  return all.empty() ? common_name(certificate) : all;
}

std::int64_t valid_from(const X509& certificate) { return time_of(X509_get0_notBefore(&certificate)); }
std::int64_t valid_until(const X509& certificate) { return time_of(X509_get0_notAfter(&certificate)); }

std::string date_text(std::int64_t utc) {
  const auto seconds = static_cast<std::time_t>(utc / second);
  std::tm broken_down{};
  ::gmtime_r(&seconds, &broken_down);
  char text[64];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &broken_down);
  return text;
}

std::string day_text(std::int64_t utc) { return date_text(utc).substr(0, sizeof "2026-11-24" - 1); }

}  // namespace tidegate::tls
