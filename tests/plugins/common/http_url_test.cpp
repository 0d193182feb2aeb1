// URLs, and values that must not leave their place in them.
#include "http/base64.hpp"
#include "http/url.hpp"
#include "http_support.hpp"
#include "messages/text_template.hpp"

namespace tidegate::testing {
namespace {

std::string problem_of(const std::string& url) {
  try {
    http::parse_url(url, "url");
  } catch (const tidegate::error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_CONFIGURATION);
    return thrown.option() + ": " + thrown.what();
  }
  return "(accepted)";
}

// The path of one sample of this name and these tags.
std::string path_of(const std::string& text, const std::string& name, std::vector<tag_view> tags = {}) {
  batch_builder builder;
  add_sample(builder, name, 1, tags);
  const batch made{builder};
  std::string path;
  std::string_view missing;
  const messages::text_template of{text, {"PC-0001", {}}, "url", &http::append_to_url};
  if (!of.append(path, made.view()[0], missing)) return "(no tag " + std::string{missing} + ")";
  return path;
}

TEST(Url, IsTakenApart) {
  const auto full = http::parse_url("https://a.example:8443/x/{name}?y=1", "url");
  EXPECT_TRUE(full.uses_tls);
  EXPECT_EQ(full.host, "a.example");
  EXPECT_EQ(full.port, 8443);
  EXPECT_EQ(full.path, "/x/{name}?y=1");
  const auto bare = http::parse_url("http://a.example", "url");
  EXPECT_FALSE(bare.uses_tls);
  EXPECT_EQ(bare.port, 80);
  EXPECT_EQ(bare.path, "/");
  EXPECT_EQ(http::parse_url("https://a.example?x=1", "url").path, "/?x=1");
  EXPECT_EQ(http::parse_url("https://[::1]:81/", "url").host, "::1");
  EXPECT_EQ(http::parse_url("https://[::1]/", "url").port, 443);
  EXPECT_EQ(problem_of("https://a/x%20y/{tags.a:-b c}"), "(accepted)");
}

TEST(Url, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(problem_of("a.example/x"), "url: 'a.example/x' is no URL; begin it with https://");
  EXPECT_EQ(problem_of("https:///x"), "url: names no host");
  EXPECT_EQ(problem_of("https://u:p@a/x"), "url: holds a user; give 'username' and 'password' instead");
  EXPECT_EQ(problem_of("https://{name}.example/x"),
            "url: '{name}.example' has a placeholder, which may stand only behind the host");
  EXPECT_EQ(problem_of("https://a:0/"), "url: ':0' is no port; those are 1 to 65535");
  EXPECT_EQ(problem_of("https://a:99999/"), "url: ':99999' is no port; those are 1 to 65535");
  EXPECT_EQ(problem_of("https://a/b c"),
            "url: 'https://a/b c' holds a character that no URL may; write it as %20");
  EXPECT_EQ(problem_of("https://a/b\r\nX: y"),
            "url: 'https://a/b\r\nX: y' holds a character that no URL may; write it as %0D");
  EXPECT_EQ(problem_of("https://a/x#y"),
            "url: 'https://a/x#y' has a fragment (#), which is not sent; leave it out");
  EXPECT_EQ(problem_of("https://a/100%"),
            "url: 'https://a/100%' has a '%' without two hexadecimal digits; write %25");
  EXPECT_EQ(problem_of("https://a b/"),
            "url: 'a b' is no host name; names that are not English have a form in ASCII (xn--...)");
}

TEST(UrlTemplate, LetsNoValueLeaveItsPlace) {
  EXPECT_EQ(path_of("/in/{name}/x", "cpu"), "/in/cpu/x");
  EXPECT_EQ(path_of("/in/{name}/x", "a/b\\c"), "/in/a_b_c/x");
  EXPECT_EQ(path_of("/in/{name}", "a?b#c&d=e%2fg h"), "/in/a%3Fb%23c%26d%3De%252fg%20h");
  EXPECT_EQ(path_of("/in/{name}", "\xc3\xa4\r\n"), "/in/%C3%A4__");
  EXPECT_EQ(path_of("/in?x={name}&y=1", "a&b"), "/in?x=a%26b&y=1");
}

TEST(UrlTemplate, MakesNoDotSegments) {
  EXPECT_EQ(path_of("/in/{name}/x", ".."), "/in/_./x");
  EXPECT_EQ(path_of("/in/{name}", "../../admin"), "/in/_._.._admin");
  EXPECT_EQ(path_of("/in/.{name}/x", "."), "/in/._/x");
  EXPECT_EQ(path_of("/in/{name}{tags.a}/x", ".", {{"a", "."}}), "/in/_./x");
  EXPECT_EQ(path_of("/in/{name}", "a..b"), "/in/a..b");
  EXPECT_EQ(path_of("/in?v={name}", "..5"), "/in?v=..5");
}

TEST(UrlTemplate, HasNoClientId) {
  try {
    messages::text_template{"/{client_id}", {"PC-0001", {}}, "url", &http::append_to_url};
    FAIL();
  } catch (const tidegate::error& thrown) {
    EXPECT_STREQ(thrown.what(),
                 "'{client_id}' is no placeholder; there are {name}, {gateway} and {tags.KEY}");
  }
}

TEST(Base64, IsThatOfTheRfc) {
  EXPECT_EQ(http::base64(""), "");
  EXPECT_EQ(http::base64("f"), "Zg==");
  EXPECT_EQ(http::base64("fo"), "Zm8=");
  EXPECT_EQ(http::base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(http::base64("\xff\xfe"), "//4=");
}

}  // namespace
}  // namespace tidegate::testing
