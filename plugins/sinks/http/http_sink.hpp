// The sink `http`: posts samples to any server, by HTTP/1.1.
#pragma once

#include "http/poster.hpp"
#include "http/schema.hpp"
#include "joined_text.hpp"

namespace tidegate::http {

inline constexpr std::string_view any_server_schema = R"(
    "url": {
      "type": "string", "required": true, "examples": ["https://backend.example/ingest/{gateway}"],
      "description": "Where samples are posted to. Behind the host {name} is the name of a sample's series, {tags.KEY} a tag, {tags.KEY:-text} with a text for those without, {gateway} the gateway's id. A value cannot leave its place: a '/' in it becomes '_'."
    },
    "allow_plain": {
      "type": "boolean", "default": false,
      "description": "Allow http://, without encryption: whoever is on the way can read and change what is sent."
    },
    "method": {
      "type": "string", "enum": ["POST", "PUT", "PATCH"], "default": "POST",
      "description": "Of each request."
    },
    "headers": {
      "additionalProperties": {"type": "string"}, "examples": [{"X-Site": "tokyo-1"}],
      "description": "Names and values that each request bears."
    },
    "username": {"type": "string", "description": "If the server wants one (Basic)."},
    "password": {"type": "string", "secret": true, "examples": ["${credential:backend}"], "description": "Of the user."},
    "bearer_token": {"type": "string", "secret": true, "examples": ["${credential:token}"], "description": "A token by which the server knows this gateway."},
    "bearer_token_file": {
      "type": "string", "unit": "path", "examples": ["/run/tokens/backend"],
      "description": "A file with such a token, read anew when it changes."
    },
    "idempotency_header": {
      "type": "string", "examples": ["Idempotency-Key"],
      "description": "A header that bears a digest of gateway, URL and body: a request that is sent again has the same, so that the server can drop it."
    },)";
inline constexpr std::string_view any_server_encoding_end =
    R"( It is the body of a request.", "default": {"type": "json", "array": "always"}},)";
inline constexpr std::string_view any_server_samples_end =
    R"( They are of one URL; a request is one message.", "default": 1000},)";
inline constexpr std::string_view any_server_size_end = R"(", "default": "1MiB", "maximum": "64MiB"},)";
inline constexpr std::string_view any_server_batch_end = R"(", "default": 1000}}},
    "max_connections": {
      "type": "integer", "default": 1, "minimum": 1, "maximum": 32,
      "description": "Connections, each with one request under way. With more than one, requests may arrive in another order."
    },
    "tls": {
      "type": "object",
      "description": "TLS 1.2 or 1.3, which https:// means. The server's certificate and its host name are always verified.",
      "properties": {)";
inline constexpr std::string_view any_server_alpn =
    R"(An application protocol to ask for; none if it is not given.", "examples": ["http/1.1"]})";

class http_sink : public poster {
 public:
  static constexpr component info{
      .name = "http",
      .summary = "Posts samples to a server over HTTPS.",
      .options = joined_text<schema::begin, any_server_schema, schema::encoding, any_server_encoding_end,
                             schema::samples_per_message, any_server_samples_end, schema::message_max_size,
                             any_server_size_end, schema::batch, any_server_batch_end, tls::schema::files,
                             tls::schema::token, tls::schema::alpn, any_server_alpn, tls::schema::end,
                             shared_schema, schema::end>::value};

  http_sink(sink_host host, const options& given) : poster{host, given, flavour::http} {}
};

}  // namespace tidegate::http
