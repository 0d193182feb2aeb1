// What systemd is told of a service of Type=notify: datagrams to $NOTIFY_SOCKET, as sd_notify(3) describes
// them. Nothing is sent where the variable is not set, and no failure to send matters to a gateway.
#pragma once

#include <string>
#include <string_view>

namespace tidegate::cli {

// One thread.
class service_manager {
 public:
  // Reads the environment once, and takes the variable out of it: what plugins start is not the service.
  service_manager();
  ~service_manager();
  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

  void ready(std::string_view status) { send("READY=1\nSTATUS=" + std::string{status}); }
  void stopping() { send("STOPPING=1"); }
  // To be called while, and only while, there is progress. About once a second is enough for any WatchdogSec
  // that is more than two seconds.
  void alive() { send("WATCHDOG=1"); }

 private:
  void send(std::string_view state);

  int socket_ = -1;
};

}  // namespace tidegate::cli
