#include "mqtt/reason_codes.hpp"

#include <cstdio>

namespace tidegate::mqtt {
namespace {

struct named {
  int code;
  const char* text;
};

constexpr named reasons[] = {
    {0x00, "success"},
    {0x10, "no matching subscribers"},
    {0x80, "unspecified error"},
    {0x81, "malformed packet"},
    {0x82, "protocol error"},
    {0x83, "implementation specific error"},
    {0x84, "unsupported protocol version"},
    {0x85, "client identifier not valid"},
    {0x86, "bad user name or password"},
    {0x87, "not authorized"},
    {0x88, "server unavailable"},
    {0x89, "server busy"},
    {0x8a, "banned"},
    {0x8b, "server shutting down"},
    {0x8c, "bad authentication method"},
    {0x8d, "keep alive timeout"},
    {0x8e, "session taken over"},
    {0x8f, "topic filter invalid"},
    {0x90, "topic name invalid"},
    {0x91, "packet identifier in use"},
    {0x92, "packet identifier not found"},
    {0x93, "receive maximum exceeded"},
    {0x94, "topic alias invalid"},
    {0x95, "packet too large"},
    {0x96, "message rate too high"},
    {0x97, "quota exceeded"},
    {0x98, "administrative action"},
    {0x99, "payload format invalid"},
    {0x9a, "retain not supported"},
    {0x9b, "QoS not supported"},
    {0x9c, "use another server"},
    {0x9d, "server moved"},
    {0x9f, "connection rate exceeded"},
    {0xa0, "maximum connect time"},
    {0xa1, "subscription identifiers not supported"},
};

// The codes of 3.1.1 by their relatives of 5.
int as_version_5(int code, bool is_aws) {
  constexpr int relatives[] = {0, 0x84, 0x85, 0x88, 0x86, 0x87};
  if (is_aws && code == 7) return 0x87;
  return code >= 1 && code <= 5 ? relatives[code] : code;
}

std::string mend_of_refusal(int reason, const connection_words& words) {
  switch (reason) {
    case 0x84:
      return "it does not speak this version of MQTT; set 'version' to the other one";
    case 0x85:
      return "it does not take the client id '" + words.client_id + "'; set client_id";
    case 0x86:
    case 0x8c:
      return words.has_user ? "correct username and password" : "it wants username and password";
    case 0x87:
      if (words.is_aws && words.has_user)
        return "the custom authorizer does not let the user connect as client/" + words.client_id;
      if (words.is_aws)
        return "attach a policy to the certificate that allows iot:Connect for client/" + words.client_id;
      return words.has_user ? "the user may not connect as client id '" + words.client_id + "'"
                            : "it does not let this client in; give username and password, or a certificate";
    case 0x8a:
      return "the client was banned there";
    case 0x9c:
    case 0x9d:
      return "it has moved; correct 'endpoint'";
    case 0x9a:
      return "it keeps no messages; set retain: false";
    case 0x9b:
      return "it has no such QoS; lower 'qos'";
    case 0x95:
    case 0x90:
    case 0x99:
      return "it does not take the last will; correct 'will'";
    default:
      return {};
  }
}

trouble trouble_of_refusal(int reason) {
  switch (reason) {
    case 0x88:
    case 0x80:
    case 0x83:
    case 0x8b:
      return trouble::passing;
    case 0x89:
    case 0x97:
    case 0x9f:
      return trouble::slow_down;
    default:
      return trouble::refused;
  }
}

}  // namespace

std::string reason_text(int code) {
  char number[16];
  std::snprintf(number, sizeof number, " (0x%02X)", static_cast<unsigned>(code));
  for (const auto& each : reasons)
    if (each.code == code) return each.text + std::string{number};
  return std::string{"unknown reason"} + number;
}

verdict verdict_of_publish(int reason) {
  if (reason < 0x80) return verdict::delivered;
  switch (reason) {
    case 0x80:
    case 0x83:
      return verdict::try_again;
    case 0x91:
    case 0x92:
      return verdict::out_of_step;
    case 0x96:
    case 0x97:
      return verdict::slow_down;
    default:
      return verdict::rejected;
  }
}

connection_verdict verdict_of_connack(version spoken, int reason, std::string_view said,
                                      const connection_words& words) {
  const int code = spoken == version::v3_1_1 ? as_version_5(reason, words.is_aws) : reason;
  auto text = words.at + " refuses the connection: " + reason_text(code);
  if (!said.empty()) text += " (it says: " + std::string{said} + ")";
  if (const auto mend = mend_of_refusal(code, words); !mend.empty()) text += "; " + mend;
  return {trouble_of_refusal(code), text};
}

connection_verdict verdict_of_disconnect(int reason, std::string_view said, const connection_words& words) {
  auto text = words.at + " ended the connection: " + reason_text(reason);
  if (!said.empty()) text += " (it says: " + std::string{said} + ")";
  switch (reason) {
    case 0x8e:
      return {trouble::takeover, text + "; another client connected with the client id '" + words.client_id +
                                     "': give each its own"};
    case 0x89:
    case 0x96:
    case 0x97:
    case 0x9f:
      return {trouble::slow_down, text};
    case 0x8d:
      return {trouble::passing, text + "; nothing came through for longer than keep_alive"};
    case 0x9c:
    case 0x9d:
      return {trouble::refused, text + "; correct 'endpoint'"};
    default:
      return {trouble::passing, text};
  }
}

}  // namespace tidegate::mqtt
