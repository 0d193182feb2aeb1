// One connection to the server, from dialling to its end: a request at a time, and the answer to it.
//
//   opening (name, TCP, proxy, TLS) -> idle <-> busy -> closed
//
// A read is always under way, also while nothing is asked, so that a server that closes an idle connection is
// noticed before a request is given to it. Each phase has a deadline of its own.
//
// Lives on the thread of its io_context, held by the pool and by what it waits for.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "http/answer.hpp"
#include "http/settings.hpp"
#include "tidegate/host.hpp"
#include "tls/openssl.hpp"

namespace tidegate::http {

class connection;

// Who is told. None of these destroys the connection before it returns.
class connection_owner {
 public:
  virtual ~connection_owner() = default;
  // It can be given a request.
  virtual void is_idle(connection& which) = 0;
  virtual void has_answer(connection& which, std::uint32_t slot, answer given) = 0;
  // A request did not make it: not written as a whole, or written and not answered.
  virtual void has_lost(connection& which, std::uint32_t slot, bool was_written, std::string why) = 0;
  // It is over. `why` is empty if that is no trouble: it was idle, or has done what it could.
  virtual void is_closed(connection& which, std::string why) = 0;
};

class connection {
 public:
  virtual ~connection() = default;

  virtual void open() = 0;
  virtual bool is_idle() const = 0;
  // Only while it is idle.
  virtual void send(std::uint32_t slot, std::string bytes) = 0;
  // Ends once it is idle, at once if it is, or if it is still opening.
  virtual void retire() = 0;
  // Ends without telling anybody.
  virtual void drop() = 0;
};

// `context` is null for plain HTTP. All outlive it.
std::shared_ptr<connection> make_connection(std::shared_ptr<boost::asio::io_context> on, const settings& with,
                                            const sink_host& host, SSL_CTX* context, connection_owner& owner);

}  // namespace tidegate::http
