// The sink `aws-iot-http`: publishes to AWS IoT Core by HTTPS with a client certificate.
#pragma once

#include "http/poster.hpp"
#include "http/schema.hpp"
#include "joined_text.hpp"
#include "messages/aws_schema.hpp"

namespace tidegate::http {

inline constexpr std::string_view aws_port_end = R"(", "default": 8443},)";
inline constexpr std::string_view aws_qos = R"("},
    "qos": {
      "type": "integer", "enum": [0, 1], "default": 1,
      "description": "With which AWS publishes the message to those who have subscribed. Delivered is in any case what AWS has acknowledged."
    },)";
inline constexpr std::string_view aws_encoding_end = R"(", "default": {"type": "json"}},)";
inline constexpr std::string_view aws_samples_end =
    R"( They are of one topic. With 1, JSON is an object; with more, an array of objects.", "default": 1},)";
inline constexpr std::string_view aws_batch_end = R"(", "default": 500}}},
    "max_connections": {
      "type": "integer", "default": 4, "minimum": 1, "maximum": 32,
      "description": "Connections, each with one message under way. With more than one, messages may arrive in another order, which AWS does not promise anyway."
    },)";
inline constexpr std::string_view aws_alpn =
    R"(The application protocol to ask for; if not given x-amzn-http-ca on port 443, and none elsewhere.", "examples": ["x-amzn-http-ca"]})";

class aws_iot_http_sink : public poster {
 public:
  static constexpr component info{
      .name = "aws-iot-http",
      .summary = "Publishes samples to AWS IoT Core over HTTPS with a client certificate.",
      .options =
          joined_text<schema::begin, schema::aws_endpoint, schema::next, schema::aws_port, aws_port_end,
                      schema::topic, aws_qos, schema::retain, schema::next, schema::basic_ingest,
                      schema::next, schema::message_expiry, schema::more_members, schema::user_properties,
                      schema::more_members, schema::message_id, schema::more_members, schema::encoding,
                      aws_encoding_end, schema::samples_per_message, aws_samples_end,
                      schema::message_max_size, schema::aws_size_end, schema::batch, aws_batch_end,
                      schema::aws_tls, tls::schema::files, tls::schema::token, tls::schema::alpn, aws_alpn,
                      tls::schema::end, shared_schema, schema::end>::value};

  aws_iot_http_sink(sink_host host, const options& given) : poster{host, given, flavour::aws_iot} {}
};

}  // namespace tidegate::http
