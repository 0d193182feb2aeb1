#include "http/url.hpp"

#include <algorithm>
#include <charconv>

#include "tidegate/error.hpp"

namespace tidegate::http {
namespace {

constexpr std::string_view letters_and_digits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";
constexpr std::uint16_t port_plain = 80;
constexpr std::uint16_t port_tls = 443;

bool is_unreserved(char c) {
  return letters_and_digits.find(c) != std::string_view::npos || c == '-' || c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& to, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  to += '%';
  to += digits[byte >> 4];
  to += digits[byte & 15];
}

bool leaves_its_segment(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '/' || c == '\\' || byte < 0x20 || byte == 0x7f;
}

// Whether the segment that the text ends with has nothing but dots so far. A query has no segments.
bool may_become_dots(std::string_view text) {
  if (text.find('?') != std::string_view::npos) return false;
  const auto last = text.find_last_not_of('.');
  return last == std::string_view::npos || text[last] == '/';
}

// What a URL may hold as it is, and braces, which are the template's.
void check_letters(std::string_view text, const std::string& option, std::string_view whole) {
  const auto shown = "'" + std::string{whole} + "'";
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      if (at + 2 < text.size() && hexadecimal.find(text[at + 1]) != std::string_view::npos &&
          hexadecimal.find(text[at + 2]) != std::string_view::npos)
        continue;
      throw configuration_error(option, shown + " has a '%' without two hexadecimal digits; write %25");
    }
    if (text[at] == '{' && at + 1 < text.size() && text[at + 1] != '{') {
      at = std::min(text.find('}', at), text.size());  // a placeholder; its partner is looked for elsewhere
      continue;
    }
    if (is_unreserved(text[at]) ||
        std::string_view{"!$&'()*+,;=:@/?{}"}.find(text[at]) != std::string_view::npos)
      continue;
    std::string encoded;
    append_encoded(encoded, text[at]);
    throw configuration_error(
        option, shown + (text[at] == '#' ? " has a fragment (#), which is not sent; leave it out"
                                         : " holds a character that no URL may; write it as " + encoded));
  }
}

void read_port(url& into, std::string_view text, const std::string& option) {
  unsigned port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535)
    throw configuration_error(option, "':" + std::string{text} + "' is no port; those are 1 to 65535");
  into.port = static_cast<std::uint16_t>(port);
}

void read_authority(url& into, std::string_view text, const std::string& option) {
  if (text.find('@') != std::string_view::npos)
    throw configuration_error(option, "holds a user; give 'username' and 'password' instead");
  if (text.find_first_of("{}") != std::string_view::npos)
    throw configuration_error(
        option, "'" + std::string{text} + "' has a placeholder, which may stand only behind the host");
  const bool is_bracketed = !text.empty() && text[0] == '[';
  const auto end = is_bracketed ? text.find(']') : text.find(':');
  if (is_bracketed && end == std::string_view::npos)
    throw configuration_error(option, "'" + std::string{text} + "' lacks a ']'");
  into.host = is_bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const auto rest = is_bracketed ? text.substr(end + 1) : text.substr(std::min(end, text.size()));
  if (into.host.empty()) throw configuration_error(option, "names no host");
  const auto allowed = std::string{letters_and_digits} + (is_bracketed ? ":.%" : "-._");
  if (into.host.find_first_not_of(allowed) != std::string::npos)
    throw configuration_error(
        option,
        "'" + into.host + "' is no host name; names that are not English have a form in ASCII (xn--...)");
  if (rest.empty()) return;
  if (rest[0] != ':') throw configuration_error(option, "'" + std::string{text} + "' is no host and port");
  read_port(into, rest.substr(1), option);
}

}  // namespace

url parse_url(std::string_view text, const std::string& option) {
  constexpr std::string_view tls = "https://";
  constexpr std::string_view plain = "http://";
  url made;
  made.uses_tls = text.substr(0, tls.size()) == tls;
  if (!made.uses_tls && text.substr(0, plain.size()) != plain)
    throw configuration_error(option, "'" + std::string{text} + "' is no URL; begin it with https://");
  made.port = made.uses_tls ? port_tls : port_plain;
  const auto rest = text.substr(made.uses_tls ? tls.size() : plain.size());
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  read_authority(made, rest.substr(0, end), option);
  made.path = rest.substr(end);
  if (made.path.empty() || made.path[0] != '/') made.path.insert(0, "/");
  check_letters(made.path, option, text);
  return made;
}

std::string percent_encoded(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (is_unreserved(c))
      made += c;
    else
      append_encoded(made, c);
  }
  return made;
}

void append_to_url(std::string& to, std::string_view value) {
  for (const char c : value) {
    if (leaves_its_segment(c) || (c == '.' && may_become_dots(to)))
      to += '_';
    else if (is_unreserved(c))
      to += c;
    else
      append_encoded(to, c);
  }
}

}  // namespace tidegate::http
