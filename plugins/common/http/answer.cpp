#include "http/answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <utility>

namespace tidegate::http {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::chrono::hours retry_after_max{1};
constexpr std::size_t excerpt_bytes_max = 200;

// The first row that fits counts.
struct row {
  unsigned from;
  unsigned to;
  meaning what;
};
constexpr std::array table{
    row{200, 299, meaning::delivered}, row{300, 399, meaning::paused},  // redirects are not followed
    row{400, 400, meaning::split},                                      //
    row{401, 402, meaning::paused},                                     // credentials
    row{403, 403, meaning::rejected},                                   // this path is forbidden
    row{404, 407, meaning::paused},                                     // wrong URL, method, proxy
    row{408, 409, meaning::again},     // timeout, conflict with a request that is under way
    row{410, 412, meaning::paused},    //
    row{413, 413, meaning::split},     // too large
    row{414, 414, meaning::rejected},  // the URL is too long
    row{415, 415, meaning::paused},    // wrong encoding
    row{421, 421, meaning::again},     //
    row{423, 425, meaning::again},     // locked, too early
    row{426, 428, meaning::paused},    //
    row{429, 429, meaning::again},     // too many
    row{431, 431, meaning::paused},    // wrong headers
    row{400, 499, meaning::split},     //
    row{501, 501, meaning::paused},    // wrong method
    row{505, 505, meaning::paused},    //
    row{500, 599, meaning::again},     //
};

constexpr std::array<std::pair<unsigned, const char*>, 45> phrases{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
}};

meaning meaning_of(unsigned status, const asker& by) {
  const bool is_of_this_path = by.varies && !by.is_aws && (status == 404 || status == 410);
  if (is_of_this_path) return meaning::rejected;
  for (const auto& each : table)
    if (status >= each.from && status <= each.to) return each.what;
  return meaning::again;
}

// ---- what the body says --------------------------------------------------------------------------

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string said(const answer& given, bool is_aws) {
  const auto message = json_text(given.body, "message");
  auto text = message.empty() ? excerpt(given.body) : excerpt(message);
  if (!text.empty()) text = " (it says: " + text + ")";
  if (!is_aws) return text;
  auto trace = json_text(given.body, "traceId");
  if (trace.empty()) trace = given.request_id;
  return text + (trace.empty() ? "" : " (trace " + excerpt(trace) + ")");
}

// "403 ForbiddenException", or "403 Forbidden".
std::string status_of(const answer& given) {
  const auto type = std::string_view{given.error_type}.substr(0, given.error_type.find(':'));
  return type.empty() ? status_text(given.status) : std::to_string(given.status) + " " + excerpt(type);
}

// nginx speaks of certificates by pages, under the status 400.
std::string certificate_problem(const answer& given, const asker& by) {
  if (given.status != 400) return {};
  if (holds(given.body, "No required SSL certificate was sent"))
    return by.at + " wants a client certificate; give tls.certificate and tls.key";
  if (holds(given.body, "The SSL certificate error"))
    return by.at + " refuses the client certificate tls.certificate " + by.certificate +
           "; is it signed by a CA that is trusted there, and neither expired nor revoked?";
  if (holds(given.body, "The plain HTTP request was sent to HTTPS port"))
    return by.at + " wants TLS; write https:// in 'url'";
  return {};
}

std::string asked(const asker& by) {
  return by.is_aws ? " to a message for topic '" + by.path + "'" : " to " + by.method + " " + by.path;
}

std::string mend_of(const answer& given, const asker& by) {
  switch (given.status) {
    case 401:
      return by.is_aws ? "; is the certificate active, and of this account and region?"
                       : "; correct 'username' and 'password', 'bearer_token' or tls.certificate";
    case 403:
      return by.is_aws ? "; allow iot:Publish on topic/" + by.path + " in the policy of the certificate"
                       : "; allow this client to write there";
    case 404:
    case 410:
      return by.is_aws ? "; correct 'endpoint' and 'port'" : "; correct 'url'";
    case 405:
    case 501:
      return by.is_aws ? "; correct 'endpoint' and 'port'" : "; correct 'method' or 'url'";
    case 407:
      return "; give proxy.username and proxy.password";
    case 406:
    case 415:
      return "; choose another 'encoding', 'compression' or 'content_type'";
    default:
      return {};
  }
}

std::string redirect_text(const answer& given, const asker& by) {
  auto text = by.at + " answers " + status_text(given.status) + asked(by);
  if (!given.location.empty()) text += " and points to " + excerpt(given.location);
  return text + "; redirects are not followed: correct '" + (by.is_aws ? "endpoint" : "url") + "'";
}

}  // namespace

judgement judge(const answer& given, const asker& by) {
  if (auto problem = certificate_problem(given, by); !problem.empty())
    return {meaning::paused, std::move(problem), {}};
  judgement made{meaning_of(given.status, by), {}, {}};
  if (made.what == meaning::delivered) return made;
  if (given.status >= 300 && given.status < 400) {
    made.text = redirect_text(given, by);
    return made;
  }
  made.text =
      by.at + " answers " + status_of(given) + asked(by) + said(given, by.is_aws) + mend_of(given, by);
  if (made.what == meaning::again)
    made.after = parse_retry_after(given.retry_after, by.now_utc).value_or(std::chrono::nanoseconds{0});
  return made;
}

std::string status_text(unsigned status) {
  for (const auto& [code, phrase] : phrases)
    if (code == status) return std::to_string(status) + " " + phrase;
  return std::to_string(status);
}

// ---- Retry-After ---------------------------------------------------------------------------------

std::optional<std::chrono::nanoseconds> parse_retry_after(std::string_view text, std::int64_t now_utc) {
  std::uint64_t seconds = 0;
  const auto* end = text.data() + text.size();
  const auto [read, failed] = std::from_chars(text.data(), end, seconds);
  if (text.empty()) return std::nullopt;
  if (read == end && failed != std::errc::invalid_argument) {
    constexpr auto limit = static_cast<std::uint64_t>(std::chrono::seconds{retry_after_max}.count());
    return std::chrono::seconds{failed == std::errc{} ? std::min(seconds, limit) : limit};
  }
  std::tm date{};
  const std::string copy{text};
  const char* rest = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (rest == nullptr || *rest != '\0' || date.tm_year > 1000) return std::nullopt;
  const auto wait = static_cast<std::int64_t>(::timegm(&date)) - now_utc / second;
  return std::chrono::seconds{
      std::clamp<std::int64_t>(wait, 0, std::chrono::seconds{retry_after_max}.count())};
}

// ---- bodies --------------------------------------------------------------------------------------

std::string excerpt(std::string_view body) {
  constexpr std::string_view title = "<title>";
  if (const auto at = body.find(title); at != std::string_view::npos) {
    body.remove_prefix(at + title.size());
    body = body.substr(0, body.find('<'));
  }
  std::string made;
  for (const char c : body) {
    if (made.size() >= excerpt_bytes_max) return made + "...";
    const auto byte = static_cast<unsigned char>(c);
    const bool is_blank = byte <= 0x20;
    if (is_blank && (made.empty() || made.back() == ' ')) continue;
    made += is_blank ? ' ' : byte < 0x7f ? c : '?';
  }
  if (!made.empty() && made.back() == ' ') made.pop_back();
  return made;
}

namespace {

// Reads JSON as far as its outermost members go. What is not JSON ends it.
class json_reader {
 public:
  explicit json_reader(std::string_view text) : rest_{text} {}

  bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool is_at(char c) {
    skip_blanks();
    return !rest_.empty() && rest_.front() == c;
  }
  std::optional<std::string> text() {
    if (!take('"')) return std::nullopt;
    std::string made;
    while (!rest_.empty()) {
      const char c = next();
      if (c == '"') return made;
      made += c == '\\' ? escaped() : c;
    }
    return std::nullopt;
  }
  // Any value but a text: up to the comma or brace behind it.
  void skip_value() {
    int depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (depth == 0 && (c == ',' || c == '}')) return;
      if (c == '"') {
        text();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      rest_.remove_prefix(1);
    }
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  // Those that are letters; what is beyond ASCII is not shown.
  char escaped() {
    if (rest_.empty()) return '?';
    const char c = next();
    if (c != 'u') return c == 'n' || c == 't' || c == 'r' || c == 'b' || c == 'f' ? ' ' : c;
    unsigned code = 0;
    const auto digits = rest_.substr(0, 4);
    std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    rest_.remove_prefix(digits.size());
    return code >= 0x20 && code < 0x7f ? static_cast<char>(code) : '?';
  }

  std::string_view rest_;
};

}  // namespace

std::string json_text(std::string_view object, std::string_view member) {
  json_reader reader{object};
  if (!reader.take('{')) return {};
  do {
    const auto name = reader.text();
    if (!name || !reader.take(':')) return {};
    if (!reader.is_at('"')) {
      reader.skip_value();
    } else {
      auto value = reader.text();
      if (!value) return {};
      if (*name == member) return std::move(*value);
    }
  } while (reader.take(','));
  return {};
}

}  // namespace tidegate::http
