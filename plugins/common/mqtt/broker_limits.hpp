// What a broker says of itself when it takes a connection.
#pragma once

#include <cstdint>

namespace tidegate::mqtt {

// From the CONNACK of MQTT 5; without a word of the broker there are no limits. A value.
struct broker_limits {
  std::uint32_t receive_maximum = 65535;
  std::uint32_t packet_bytes_max = UINT32_MAX;
  int qos_max = 2;
  bool keeps_messages = true;  // retain
};

}  // namespace tidegate::mqtt
