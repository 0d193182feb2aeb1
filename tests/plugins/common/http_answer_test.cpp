// What a server's answer means, and what is told of it.
#include <gtest/gtest.h>

#include "http/answer.hpp"

namespace tidegate::testing {
namespace {

using namespace std::chrono_literals;
using http::meaning;

constexpr std::int64_t second = 1'000'000'000;

http::asker by_http(bool varies = false) {
  return {"x.example:443", "POST", "/in", false, varies, "/tls/c.pem", 0};
}
http::asker by_aws() { return {"a.example:8443", "POST", "Ubuntu/cpu", true, true, "/tls/c.pem", 0}; }
http::answer answer(unsigned status, std::string body = {}) {
  http::answer made;
  made.status = status;
  made.body = std::move(body);
  return made;
}
std::vector<unsigned> statuses_of(meaning what, const http::asker& by) {
  std::vector<unsigned> all;
  for (unsigned status = 200; status < 600; ++status)
    if (http::judge(answer(status), by).what == what) all.push_back(status);
  return all;
}
std::string text_of(const http::answer& given, const http::asker& by = by_http()) {
  return http::judge(given, by).text;
}

TEST(HttpAnswer, IsDeliveredFor2xxAlone) {
  EXPECT_EQ(statuses_of(meaning::delivered, by_http()).front(), 200U);
  EXPECT_EQ(statuses_of(meaning::delivered, by_http()).back(), 299U);
  EXPECT_EQ(statuses_of(meaning::delivered, by_http()).size(), 100U);
}

TEST(HttpAnswer, IsTriedAgainWhereItMayPass) {
  std::vector<unsigned> expected{408, 409, 421, 423, 424, 425, 429};
  for (unsigned status = 500; status < 600; ++status)
    if (status != 501 && status != 505) expected.push_back(status);
  EXPECT_EQ(statuses_of(meaning::again, by_http()), expected);
  for (const unsigned odd : {0U, 99U, 600U, 999U})
    EXPECT_EQ(http::judge(answer(odd), by_http()).what, meaning::again) << odd;
}

TEST(HttpAnswer, RejectsAPathAloneWhereThePathIsToBlame) {
  EXPECT_EQ(statuses_of(meaning::rejected, by_http()), (std::vector<unsigned>{403, 414}));
  EXPECT_EQ(statuses_of(meaning::rejected, by_http(true)), (std::vector<unsigned>{403, 404, 410, 414}));
  EXPECT_EQ(statuses_of(meaning::rejected, by_aws()), (std::vector<unsigned>{403, 414}));
}

TEST(HttpAnswer, PausesWhereOnlyAHumanCanHelp) {
  for (const unsigned status :
       {300U, 301U, 308U, 399U, 401U, 402U, 404U, 405U, 407U, 410U, 411U, 415U, 426U, 431U, 501U, 505U})
    EXPECT_EQ(http::judge(answer(status), by_http()).what, meaning::paused) << status;
}

TEST(HttpAnswer, SplitsWhatIsRefusedForItsContent) {
  for (const unsigned status : {400U, 413U, 416U, 418U, 422U, 451U, 499U})
    EXPECT_EQ(http::judge(answer(status), by_http()).what, meaning::split) << status;
}

TEST(HttpAnswer, IsToldWithWhatTheServerSaysAndTheMend) {
  EXPECT_EQ(text_of(answer(200)), "");
  EXPECT_EQ(text_of(answer(503)), "x.example:443 answers 503 Service Unavailable to POST /in");
  EXPECT_EQ(text_of(answer(404)), "x.example:443 answers 404 Not Found to POST /in; correct 'url'");
  EXPECT_EQ(text_of(answer(599, "{\"message\":\"no \\\"room\\\"\"}")),
            "x.example:443 answers 599 to POST /in (it says: no \"room\")");
  auto moved = answer(302);
  moved.location = "https://y.example/";
  EXPECT_EQ(text_of(moved),
            "x.example:443 answers 302 Found to POST /in and points to https://y.example/; redirects are not "
            "followed: correct 'url'");
}

TEST(HttpAnswer, OfAwsIsToldWithErrorTypeAndTrace) {
  auto given = answer(403, R"({"message":"Forbidden","traceId":"b6f0-1"})");
  given.error_type = "ForbiddenException:";
  EXPECT_EQ(
      text_of(given, by_aws()),
      "a.example:8443 answers 403 ForbiddenException to a message for topic 'Ubuntu/cpu' (it says: "
      "Forbidden) (trace b6f0-1); allow iot:Publish on topic/Ubuntu/cpu in the policy of the certificate");
  auto bare = answer(401);
  bare.request_id = "77";
  EXPECT_EQ(text_of(bare, by_aws()),
            "a.example:8443 answers 401 Unauthorized to a message for topic 'Ubuntu/cpu' (trace 77); is the "
            "certificate active, and of this account and region?");
}

TEST(HttpAnswer, OfNginxAboutCertificatesIsNoFaultOfTheSamples) {
  const auto page = [](const std::string& title) { return "<html><head><title>" + title + "</title>"; };
  const auto none = http::judge(answer(400, page("400 No required SSL certificate was sent")), by_http());
  EXPECT_EQ(none.what, meaning::paused);
  EXPECT_EQ(none.text, "x.example:443 wants a client certificate; give tls.certificate and tls.key");
  const auto bad = http::judge(answer(400, page("400 The SSL certificate error")), by_http());
  EXPECT_EQ(bad.what, meaning::paused);
  EXPECT_EQ(bad.text,
            "x.example:443 refuses the client certificate tls.certificate /tls/c.pem; is it signed by a CA "
            "that is trusted there, and neither expired nor revoked?");
  const auto plain =
      http::judge(answer(400, page("400 The plain HTTP request was sent to HTTPS port")), by_http());
  EXPECT_EQ(plain.text, "x.example:443 wants TLS; write https:// in 'url'");
}

TEST(RetryAfter, IsSecondsOrADate) {
  EXPECT_EQ(http::parse_retry_after("120", 0), 120s);
  EXPECT_EQ(http::parse_retry_after("0", 0), 0s);
  EXPECT_EQ(http::parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784'111'717 * second), 60s);
  EXPECT_EQ(http::parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784'111'778 * second), 0s);
  for (const char* bad :
       {"", "soon", "-5", "1.5", "12 ", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 GMT+1"})
    EXPECT_EQ(http::parse_retry_after(bad, 0), std::nullopt) << bad;
}

TEST(RetryAfter, IsAnHourAtMost) {
  EXPECT_EQ(http::parse_retry_after("3601", 0), 1h);
  EXPECT_EQ(http::parse_retry_after("99999999999999999999999999", 0), 1h);
  EXPECT_EQ(http::parse_retry_after("Sun, 06 Nov 2094 08:49:37 GMT", 0), 1h);
}

TEST(Excerpt, IsOneLineOfWhatIsReadable) {
  EXPECT_EQ(http::excerpt(" a\r\n\t b\x01\xff "), "a b ?");
  EXPECT_EQ(http::excerpt("<html><title>502 Bad Gateway</title><body>x"), "502 Bad Gateway");
  EXPECT_EQ(http::excerpt(std::string(300, 'x')), std::string(200, 'x') + "...");
  EXPECT_EQ(http::excerpt("\x1b[31mred"), "[31mred");
}

TEST(JsonText, IsThatOfAnOutermostMember) {
  EXPECT_EQ(http::json_text(R"({"a":{"message":"x"},"b":[1,{"message":"y"}],"message":"z"})", "message"),
            "z");
  EXPECT_EQ(http::json_text(R"({"message":"a\u0041\n\u00e9\\"})", "message"), "aA ?\\");
  for (const char* none :
       {"", "[]", "{", "{\"message\"", "{\"message\":", "{\"message\":\"", "{\"message\":5}",
        "{\"message\":\"\\", "{\"message\":\"\\u12", "\"message\"", "{\"a\":[[[", "{\"a\":}}}"})
    EXPECT_EQ(http::json_text(none, "message"), "") << none;
}

}  // namespace
}  // namespace tidegate::testing
