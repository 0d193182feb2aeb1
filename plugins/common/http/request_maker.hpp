// The bytes of a request: head and body in one piece, so that they leave in as few records as can be.
// One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/bearer_file.hpp"
#include "http/settings.hpp"

namespace tidegate::http {

class request_maker {
 public:
  // `content_type` of the encoding, for when none is configured. The settings outlive it.
  request_maker(const settings& with, std::string_view content_type, bool is_text);

  // Looks at the file of the token, if there is one. Throws tidegate::error, temporary.
  void refresh(std::int64_t now) { bearer_.refresh(now); }
  // To the path, or the topic, that a template gave. `id` is empty, or what the request is recognised by.
  std::string make(std::string_view path, std::string_view body, std::string_view id) const;
  // The text without what is secret in requests: a server may repeat them. Headers of one's own count as
  // such, since they may be keys.
  std::string without_secrets(std::string text) const;

 private:
  void append_target(std::string& to, std::string_view path) const;
  void append_aws_headers(std::string& to, std::string_view id) const;
  std::string user_properties(std::string_view id) const;

  const settings& settings_;
  bearer_file bearer_;
  std::string after_path_;  // all of the head between path and what each request has of its own
  std::string aws_query_;
};

}  // namespace tidegate::http
