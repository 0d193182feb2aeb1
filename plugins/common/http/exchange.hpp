// Where requests go: a few connections that are kept, on a thread of their own.
//
//   strand:  send() ---> waiting ---> a connection ---> the server
//            take() <--- replies <------'
//
// A strand cannot wait for several sockets at a time, hence the thread; it lives from start() to stop() and
// does nothing but Asio's work. Requests wait here only until a connection is free. A connection is made when
// there are more requests than free ones, up to `max_connections`, and closed when it was idle for too long.
//
// A request comes back exactly once, but for those that are under way when stop() comes:
//
//   answered   the server has said something of it
//   not_sent   it cannot have arrived, and why
//   cut_off    it was written, and nobody knows what became of it
//   withdrawn  nobody had begun to send it when another one failed
//
// All members are called on the sink's strand; `wake` on the thread, when there is something to take.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/answer.hpp"
#include "http/outbox.hpp"
#include "http/settings.hpp"
#include "tidegate/host.hpp"
#include "tls/openssl.hpp"

namespace tidegate::http {

struct reply {
  enum class kind { answered, not_sent, cut_off, withdrawn };
  std::uint32_t slot = 0;
  kind what = kind::answered;
  http::answer answer;
  std::string text;  // why, if it is not answered
};

class exchange final : public sender {
 public:
  // The settings outlive it.
  exchange(const sink_host& host, const settings& with, std::function<void()> wake);
  ~exchange() override;

  // Throws tidegate::error, temporary, if there is no thread.
  void start();
  // What has come back until then, and what was not begun, can still be taken.
  void stop();

  // For connections from now on; the others are closed as soon as they have nothing to do.
  void use(tls::context context);
  void send(std::uint32_t slot, std::string bytes) override;
  // After every reply but a good answer: until then everything that is sent is withdrawn.
  void resume();
  // Replaces `into` by what has come back.
  void take(std::vector<reply>& into);
  bool has_replies() const;

 private:
  class pool;

  const sink_host host_;
  const settings& settings_;
  std::function<void()> wake_;
  std::unique_ptr<pool> pool_;
  std::vector<reply> last_;  // of the pool that was stopped
};

}  // namespace tidegate::http
