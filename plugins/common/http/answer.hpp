// What a server's answer means for the samples that were sent: one table, which the page of the sink has as
// well.
//
//   delivered   the server has them
//   again       it may take them later: offered again, after Retry-After if it says so
//   rejected    it will never take what was sent to this path
//   split       it refuses what was sent; if that was several samples, one may be to blame: sent again in
//               halves, until the guilty one stands alone and is rejected
//   paused      only a human can help: nothing is lost, an alarm, and a long wait
//
// Everything here is read from a peer and believed to be anything. Pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::http {

struct answer {
  unsigned status = 0;
  std::string body;         // its beginning
  std::string retry_after;  // headers, as they were sent
  std::string location;
  std::string error_type;  // x-amzn-ErrorType
  std::string request_id;  // x-amzn-RequestId
};

inline bool is_good(const answer& given) { return given.status >= 200 && given.status < 300; }

enum class meaning { delivered, again, rejected, split, paused };

struct judgement {
  meaning what = meaning::delivered;
  std::string text;  // empty when delivered
  std::chrono::nanoseconds after{
      0};  // `again`: how long the server wants to be left alone, 0 if it does not say
};

// Who is asking, for messages and for what depends on it.
struct asker {
  std::string at;      // host:port
  std::string method;  // POST
  std::string path;    // that was asked for, without its query; with AWS the topic
  bool is_aws = false;
  bool varies = false;      // the path depends on the sample
  std::string certificate;  // tls.certificate, if there is one
  std::int64_t now_utc = 0;
};

judgement judge(const answer& given, const asker& by);

// "503 Service Unavailable"; the number alone if there is no such status.
std::string status_text(unsigned status);
// Seconds or a date. Nothing if it is neither; never less than zero, and at most an hour.
std::optional<std::chrono::nanoseconds> parse_retry_after(std::string_view text, std::int64_t now_utc);
// What a body says, as a part of one line: the title of a page, else its beginning.
std::string excerpt(std::string_view body);
// The text of a member of the JSON object, not of objects in it; empty if there is none.
std::string json_text(std::string_view object, std::string_view member);

}  // namespace tidegate::http
