// What the sinks for HTTP read of a server's answer: status, headers, the body of an error. Whatever it says,
// a message of it is one readable line, and no wait is longer than an hour.
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/answer.hpp"

namespace {

using namespace tidegate::http;

constexpr std::int64_t now = 1'800'000'000'000'000'000;
constexpr std::size_t text_bytes_max = 2000;

void must(bool holds) {
  if (!holds) std::abort();
}

void must_be_a_line(std::string_view text) {
  must(text.size() <= text_bytes_max);
  for (const char c : text) must(c >= 0x20 && c < 0x7f);
}

// Up to the next line break.
std::string take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const std::string line{rest.substr(0, end)};
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

void look_at(const answer& given, bool is_aws) {
  const auto made = judge(given, {"x.example:443", "POST", "/in", is_aws, is_aws, "c.pem", now});
  must_be_a_line(made.text);
  must((made.what == meaning::delivered) == is_good(given));
  must(made.text.empty() == is_good(given));
  must(made.after.count() >= 0 && made.after <= std::chrono::hours{1});
  must(made.after.count() == 0 || made.what == meaning::again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view rest{reinterpret_cast<const char*>(data) + 2, size - 2};
  answer given;
  given.status = (data[0] | unsigned{data[1]} << 8) % 1000;
  given.retry_after = take_line(rest);
  given.location = take_line(rest);
  given.error_type = take_line(rest);
  given.request_id = take_line(rest);
  given.body = rest;
  look_at(given, false);
  look_at(given, true);
  must_be_a_line(excerpt(given.body));
  must(json_text(given.body, "message").size() <= given.body.size());
  return 0;
}
