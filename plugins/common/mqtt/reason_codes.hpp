// What a broker's reason codes mean for a record, a connection and an operator. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::mqtt {

enum class version { v3_1_1, v5 };

// "not authorized (0x87)"
std::string reason_text(int code);

// Of a PUBACK, PUBREC or PUBCOMP.
enum class verdict {
  delivered,
  rejected,     // this record, for ever
  try_again,    // this record, a few times
  slow_down,    // this record, later
  out_of_step,  // the connection must be made anew
};
verdict verdict_of_publish(int reason);

// Why a connection ended, or was not made, for the back-off.
enum class trouble {
  passing,    // the usual delay
  slow_down,  // the broker is loaded: at once the longest delay
  takeover,   // someone else has the same client id
  refused,    // only a human can help; tried again at the longest delay
};
struct connection_verdict {
  trouble what = trouble::passing;
  std::string text;
};

// Whom and what the sentences speak of.
struct connection_words {
  std::string at;  // "host:port"
  std::string client_id;
  bool has_user = false;
  bool is_aws = false;
};

// Of a CONNACK. Under 3.1.1 the codes are 1 to 5, and AWS has 7.
connection_verdict verdict_of_connack(version spoken, int reason, std::string_view said,
                                      const connection_words& words);
// Of a DISCONNECT that the broker sent (MQTT 5).
connection_verdict verdict_of_disconnect(int reason, std::string_view said, const connection_words& words);

}  // namespace tidegate::mqtt
