#include "http/request_maker.hpp"

#include <strings.h>

#include <algorithm>

#include "http/base64.hpp"
#include "http/url.hpp"

namespace tidegate::http {
namespace {

// What is shorter is no key.
constexpr std::size_t key_length_min = 8;
constexpr std::string_view hidden = "...";

void append_header(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

void append_json_text(std::string& to, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  to += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      to += "\\u00";
      to += digits[byte >> 4];
      to += digits[byte & 15];
      continue;
    }
    if (c == '"' || c == '\\') to += '\\';
    to += c;
  }
  to += '"';
}

std::string query_of(const aws_settings& with, std::string_view content_type) {
  auto made = "?qos=" + std::to_string(with.qos);
  if (with.retain) made += "&retain=true";
  if (!content_type.empty()) made += "&contentType=" + percent_encoded(content_type);
  if (with.expiry != 0) made += "&messageExpiry=" + std::to_string(with.expiry);
  return made;
}

}  // namespace

request_maker::request_maker(const settings& with, std::string_view content_type, bool is_text)
    : settings_{with}, bearer_{with.request.bearer_file} {
  const auto& request = with.request;
  const std::string type = request.content_type.empty() ? std::string{content_type} : request.content_type;
  const bool is_aws = with.server.is_aws;
  after_path_ = " HTTP/1.1\r\n";
  append_header(after_path_, "Host", request.host);
  const auto is_agent = [](const auto& each) { return ::strcasecmp(each.first.c_str(), "User-Agent") == 0; };
  if (std::none_of(request.headers.begin(), request.headers.end(), is_agent))
    append_header(after_path_, "User-Agent", "tidegate");
  if (!type.empty()) append_header(after_path_, "Content-Type", type);
  if (const auto how = content_encoding_of(request.compress); !how.empty() && !is_aws)
    append_header(after_path_, "Content-Encoding", how);
  for (const auto& [name, value] : request.headers) append_header(after_path_, name, value);
  if (!request.authorization.empty()) append_header(after_path_, "Authorization", request.authorization);
  if (!is_aws) return;
  aws_query_ = query_of(with.aws, type);
  if (is_text && request.compress == compression::none)
    append_header(after_path_, "x-amz-mqtt5-payload-format-indicator", "UTF8_DATA");
}

std::string request_maker::make(std::string_view path, std::string_view body, std::string_view id) const {
  const auto& request = settings_.request;
  std::string made;
  made.reserve(after_path_.size() + path.size() + body.size() + 512);
  made.append(request.method).append(" ");
  append_target(made, path);
  made += after_path_;
  if (!bearer_.token().empty()) append_header(made, "Authorization", "Bearer " + bearer_.token());
  if (settings_.server.is_aws)
    append_aws_headers(made, id);
  else if (!id.empty())
    append_header(made, request.id_header, id);
  append_header(made, "Content-Length", std::to_string(body.size()));
  made.append("\r\n").append(body);
  return made;
}

std::string request_maker::without_secrets(std::string text) const {
  const auto hide = [&](const std::string& secret) {
    if (secret.empty()) return;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + hidden.size()))
      text.replace(at, secret.size(), hidden);
  };
  const auto& given = settings_.request;
  hide(given.authorization.substr(given.authorization.find(' ') + 1));
  hide(given.password);
  hide(bearer_.token());
  for (const auto& [name, value] : given.headers)
    if (value.size() >= key_length_min) hide(value);
  return text;
}

void request_maker::append_target(std::string& to, std::string_view path) const {
  if (!settings_.server.is_aws) {
    to += path;
    return;
  }
  to.append("/topics/").append(percent_encoded(path)).append(aws_query_);
}

void request_maker::append_aws_headers(std::string& to, std::string_view id) const {
  const auto properties = user_properties(id);
  if (!properties.empty()) append_header(to, "x-amz-mqtt5-user-properties", base64(properties));
}

// [{"name":"value"},...], or nothing.
std::string request_maker::user_properties(std::string_view id) const {
  std::string made;
  const auto add = [&](std::string_view name, std::string_view value) {
    made += made.empty() ? "[{" : ",{";
    append_json_text(made, name);
    made += ':';
    append_json_text(made, value);
    made += '}';
  };
  for (const auto& [name, value] : settings_.aws.user_properties) add(name, value);
  if (const auto how = content_encoding_of(settings_.request.compress); !how.empty())
    add("content-encoding", how);
  if (!id.empty()) add("message_id", id);
  return made.empty() ? made : made + "]";
}

}  // namespace tidegate::http
