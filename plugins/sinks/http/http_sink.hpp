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
      "description": "A header that bears a digest of URL and body: a request that is sent again has the same, so that the server can drop it."
    },
    "encoding": {
      "$ref": "tidegate:encoding", "default": {"type": "json", "array": "always"},
      "description": "How samples become the body of a request."
    },
    "samples_per_request": {
      "type": "integer", "default": 1000, "minimum": 1, "maximum": 100000,
      "description": "How many samples of one URL a request has at most; never more than 'batch' lets come together."
    },
    "request_max_size": {
      "type": "string", "unit": "size", "default": "1MiB", "minimum": "64B", "maximum": "64MiB",
      "description": "A body is not larger: samples that do not fit go into another request, and one that does not fit alone is rejected."
    },
    "batch": {
      "description": "How many samples this sink is handed at a time; samples_per_request cannot be more than max_samples.",
      "properties": {"max_samples": {"type": "integer", "default": 1000, "minimum": 1, "description": "Samples of one delivery."}}
    },
    "max_connections": {
      "type": "integer", "default": 1, "minimum": 1, "maximum": 32,
      "description": "Connections, each with one request under way. With more than one, requests may arrive in another order."
    },
    "tls": {
      "type": "object",
      "description": "TLS 1.2 or 1.3, which https:// means. The server's certificate and its host name are always verified.",
      "properties": {)";

inline constexpr std::string_view any_server_tls_end = R"(
        "alpn": {"type": "string", "examples": ["http/1.1"], "description": "An application protocol to ask for; none if it is not given."}
      }
    })";

class http_sink : public poster {
 public:
  static constexpr component info{
      .name = "http",
      .summary = "Posts samples to a server over HTTPS.",
      .options = joined_text<schema_begin, any_server_schema, tls_members, any_server_tls_end, shared_schema,
                             schema_end>::value};

  http_sink(sink_host host, const options& given) : poster{host, given, flavour::http} {}
};

}  // namespace tidegate::http
