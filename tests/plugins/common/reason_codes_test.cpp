#include "mqtt/reason_codes.hpp"

#include <gtest/gtest.h>

namespace tidegate::testing {
namespace {

using mqtt::trouble;
using mqtt::verdict;
using mqtt::version;

const mqtt::connection_words plain{"broker.example:8883", "PC-0001", false, false};
const mqtt::connection_words with_user{"broker.example:8883", "PC-0001", true, false};
const mqtt::connection_words aws{"x-ats.iot.eu-west-1.amazonaws.com:8883", "PC-0001", false, true};

TEST(ReasonCodes, OfAPublishDecideOverTheRecord) {
  const struct {
    int code;
    verdict wanted;
  } table[] = {
      {0x00, verdict::delivered},   {0x10, verdict::delivered},   {0x80, verdict::try_again},
      {0x83, verdict::try_again},   {0x87, verdict::rejected},    {0x90, verdict::rejected},
      {0x91, verdict::out_of_step}, {0x92, verdict::out_of_step}, {0x95, verdict::rejected},
      {0x96, verdict::slow_down},   {0x97, verdict::slow_down},   {0x99, verdict::rejected},
      {0x9a, verdict::rejected},    {0x9b, verdict::rejected},    {0xff, verdict::rejected},
  };
  for (const auto& each : table) EXPECT_EQ(mqtt::verdict_of_publish(each.code), each.wanted) << each.code;
}

TEST(ReasonCodes, OfAConnackDecideOverTheBackOff) {
  const struct {
    int code;
    trouble wanted;
  } table[] = {
      {0x80, trouble::passing},   {0x81, trouble::refused},   {0x84, trouble::refused},
      {0x85, trouble::refused},   {0x86, trouble::refused},   {0x87, trouble::refused},
      {0x88, trouble::passing},   {0x89, trouble::slow_down}, {0x8a, trouble::refused},
      {0x8c, trouble::refused},   {0x90, trouble::refused},   {0x95, trouble::refused},
      {0x97, trouble::slow_down}, {0x9b, trouble::refused},   {0x9f, trouble::slow_down},
  };
  for (const auto& each : table)
    EXPECT_EQ(mqtt::verdict_of_connack(version::v5, each.code, {}, plain).what, each.wanted) << each.code;
}

std::string refusal(version spoken, int code, const mqtt::connection_words& words,
                    std::string_view said = {}) {
  return mqtt::verdict_of_connack(spoken, code, said, words).text;
}

TEST(ReasonCodes, OfAConnackNameTheMend) {
  EXPECT_EQ(
      refusal(version::v5, 0x84, plain),
      "broker.example:8883 refuses the connection: unsupported protocol version (0x84); it does not speak "
      "this version of MQTT; set 'version' to the other one");
  EXPECT_EQ(
      refusal(version::v5, 0x85, plain),
      "broker.example:8883 refuses the connection: client identifier not valid (0x85); it does not take the "
      "client id 'PC-0001'; set client_id");
  EXPECT_EQ(
      refusal(version::v5, 0x86, plain),
      "broker.example:8883 refuses the connection: bad user name or password (0x86); it wants username and "
      "password");
  EXPECT_EQ(
      refusal(version::v5, 0x86, with_user),
      "broker.example:8883 refuses the connection: bad user name or password (0x86); correct username and "
      "password");
  EXPECT_EQ(
      refusal(version::v5, 0x87, plain),
      "broker.example:8883 refuses the connection: not authorized (0x87); it does not let this client in; "
      "give username and password, or a certificate");
  EXPECT_EQ(
      refusal(version::v5, 0x87, aws),
      "x-ats.iot.eu-west-1.amazonaws.com:8883 refuses the connection: not authorized (0x87); attach a policy "
      "to the certificate that allows iot:Connect for client/PC-0001");
  EXPECT_EQ(
      refusal(version::v5, 0x97, plain, "come back on Monday"),
      "broker.example:8883 refuses the connection: quota exceeded (0x97) (it says: come back on Monday)");
}

TEST(ReasonCodes, OfOldConnacksMeanTheSame) {
  EXPECT_EQ(refusal(version::v3_1_1, 1, plain), refusal(version::v5, 0x84, plain));
  EXPECT_EQ(refusal(version::v3_1_1, 2, plain), refusal(version::v5, 0x85, plain));
  EXPECT_EQ(refusal(version::v3_1_1, 3, plain), refusal(version::v5, 0x88, plain));
  EXPECT_EQ(refusal(version::v3_1_1, 4, with_user), refusal(version::v5, 0x86, with_user));
  EXPECT_EQ(refusal(version::v3_1_1, 5, plain), refusal(version::v5, 0x87, plain));
  EXPECT_EQ(mqtt::verdict_of_connack(version::v3_1_1, 3, {}, plain).what, trouble::passing);
}

TEST(ReasonCodes, OfADisconnectTellATakeoverFromAMaintenance) {
  const auto takeover = mqtt::verdict_of_disconnect(0x8e, "", plain);
  EXPECT_EQ(takeover.what, trouble::takeover);
  EXPECT_EQ(
      takeover.text,
      "broker.example:8883 ended the connection: session taken over (0x8E); another client connected with "
      "the client id 'PC-0001': give each its own");
  EXPECT_EQ(mqtt::verdict_of_disconnect(0x8b, "", plain).what, trouble::passing);
  EXPECT_EQ(mqtt::verdict_of_disconnect(0x97, "", plain).what, trouble::slow_down);
  EXPECT_EQ(mqtt::verdict_of_disconnect(0x9d, "", plain).what, trouble::refused);
}

TEST(ReasonCodes, GiveTheBrokersOwnWords) {
  EXPECT_EQ(
      mqtt::verdict_of_disconnect(0x98, "maintenance until noon", plain).text,
      plain.at + " ended the connection: administrative action (0x98) (it says: maintenance until noon)");
}

TEST(ReasonCodes, OfAwsHaveASeventhUnder311) {
  auto of_aws = plain;
  of_aws.is_aws = true;
  const auto said = mqtt::verdict_of_connack(mqtt::version::v3_1_1, 7, "", of_aws).text;
  EXPECT_NE(said.find("not authorized (0x87); attach a policy"), std::string::npos) << said;
  of_aws.has_user = true;
  const auto of_user = mqtt::verdict_of_connack(mqtt::version::v5, 0x87, "", of_aws).text;
  EXPECT_NE(of_user.find("custom authorizer"), std::string::npos) << of_user;
}

TEST(ReasonCodes, ThatNobodyKnowsAreShownAsNumbers) {
  EXPECT_EQ(mqtt::reason_text(0xee), "unknown reason (0xEE)");
}

}  // namespace
}  // namespace tidegate::testing
