// One connection to a broker, by Paho's C library. The only file that knows it is paho_client.cpp.
//
// A client connects once. When the connection is gone, so is the client: automatic reconnect, persistence and
// the offline buffer of the library are not used, since each of them loses, repeats or delays messages
// (ARCHITECTURE.md). What happens is posted to the mailbox under the connection's number.
//
// The C library rather than its C++ wrapper: the wrapper makes a token object for each message, by whose raw
// address the library calls back, also after the wrapper's client was destroyed; here a callback knows two
// numbers. And a reason code is a value, not an exception on a thread of the library.
//
// Made, used and destroyed on the sink's strand, never in a callback.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "mqtt/outbox.hpp"
#include "mqtt/settings.hpp"
#include "tls/credentials.hpp"

namespace tidegate::mqtt {

// Keeps the library's threads between two connections. One for each sink that runs.
std::shared_ptr<void> keep_library();

class paho_client final : public sender {
 public:
  // `number` is open in a mailbox. `files` is null without TLS. Throws tidegate::error, temporary.
  paho_client(const settings& with, std::shared_ptr<const tls::credentials> files, std::string content_type,
              std::uint32_t number);
  paho_client(const paho_client&) = delete;
  paho_client& operator=(const paho_client&) = delete;
  // Says goodbye, so that the broker publishes no last will; does not wait for an answer.
  ~paho_client() override;

  // The outcome is posted: connected or connect_failed. Throws tidegate::error, temporary.
  void connect();
  bool send(const outgoing& message) override;

 private:
  struct content;
  std::unique_ptr<content> content_;
};

}  // namespace tidegate::mqtt
