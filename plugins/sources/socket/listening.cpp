#include "listening.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace tidegate::socket_source {
namespace {

constexpr int backlog = 128;

transport transport_of(std::string_view name) {
  if (name == "udp") return transport::udp;
  if (name == "unix") return transport::unix_stream;
  if (name == "unix-datagram") return transport::unix_datagram;
  return transport::tcp;
}

int type_of(transport by) {
  return (is_datagram(by) ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
}

using resolved = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

resolved resolve(const address& at) {
  addrinfo wanted{};
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  wanted.ai_socktype = is_datagram(at.by) ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(at.endpoint.c_str(), std::to_string(at.port).c_str(), &wanted, &found) != 0)
    found = nullptr;
  return {found, ::freeaddrinfo};
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un made{};
  made.sun_family = AF_UNIX;
  path.copy(made.sun_path, sizeof made.sun_path - 1);
  return made;
}

[[noreturn]] void fail(const address& at, const char* what) {
  const int why = errno;
  std::string mend;
  if (why == EADDRINUSE) mend = "; another program listens there";
  if (why == EADDRNOTAVAIL) mend = "; this machine does not have that address (yet)";
  if (why == EACCES && !is_unix(at.by)) mend = "; ports below 1024 need CAP_NET_BIND_SERVICE";
  throw temporary("cannot " + std::string{what} + " " + at.to_string() + ": " + std::strerror(why) + mend);
}

unsigned read_mode(const options& mode) {
  const auto text = mode.text();
  unsigned made = 0;
  const auto done = std::from_chars(text.data(), text.data() + text.size(), made, 8);
  if (done.ec != std::errc{} || done.ptr != text.data() + text.size() || made > 0777)
    throw configuration_error(
        mode.path(), "must be permissions in octal such as \"0660\"; this is '" + std::string{text} + "'");
  return made;
}

}  // namespace

address address::from(const options& given) {
  address made;
  made.by = transport_of(given["transport"].text());
  if (is_unix(made.by)) {
    if (!given.has("path"))
      throw configuration_error("path", "is required with transport: " + given["transport"].string());
    made.path = given["path"].string();
    made.mode = read_mode(given["mode"]);
    if (made.path.size() >= sizeof(sockaddr_un::sun_path))
      throw configuration_error("path", "has " + std::to_string(made.path.size()) +
                                            " bytes, where the path of a socket may have at most 107");
    return made;
  }
  made.port = static_cast<std::uint16_t>(given["port"].integer());
  made.endpoint = given["endpoint"].string();
  if (given.has("receive_buffer")) made.receive_buffer = given["receive_buffer"].integer();
  if (resolve(made) == nullptr)
    throw configuration_error("endpoint",
                              "must be an address of this machine such as 127.0.0.1, 0.0.0.0 (all "
                              "of IPv4) or \"::\" (all); this is '" +
                                  made.endpoint + "'");
  return made;
}

std::string address::to_string() const {
  switch (by) {
    case transport::unix_stream:
      return "unix " + path;
    case transport::unix_datagram:
      return "unix-datagram " + path;
    default: {
      const bool is_v6 = endpoint.find(':') != endpoint.npos;
      return (by == transport::udp ? "udp " : "tcp ") + (is_v6 ? "[" + endpoint + "]" : endpoint) + ":" +
             std::to_string(port);
    }
  }
}

listening::listening(const address& at) {
  is_unix(at.by) ? bind_path(at) : bind_ip(at);
  if (!is_datagram(at.by) && ::listen(socket_.get(), backlog) != 0) fail(at, "listen on");
}

void listening::bind_ip(const address& at) {
  const auto found = resolve(at);
  if (found == nullptr) throw temporary("cannot listen on " + at.to_string() + ": no such address");
  socket_ = common::descriptor{::socket(found->ai_family, type_of(at.by), 0)};
  if (!socket_) fail(at, "make a socket for");
  const int on = 1;
  const int off = 0;
  if (at.by == transport::tcp) ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (found->ai_family == AF_INET6) ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (at.by == transport::udp) ::setsockopt(socket_.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  if (const int bytes = static_cast<int>(at.receive_buffer); bytes != 0) {
    // The first needs a capability; the second is bounded by net.core.rmem_max.
    if (::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  if (::bind(socket_.get(), found->ai_addr, found->ai_addrlen) != 0) fail(at, "listen on");
}

void listening::bind_path(const address& at) {
  socket_ = common::descriptor{::socket(AF_UNIX, type_of(at.by), 0)};
  if (!socket_) fail(at, "make a socket for");
  const auto name = unix_address(at.path);
  const auto* raw = reinterpret_cast<const sockaddr*>(&name);
  // Never more open than it shall be, not even for a moment.
  ::fchmod(socket_.get(), at.mode);
  if (::bind(socket_.get(), raw, sizeof name) != 0) {
    struct stat is {};
    if (errno != EADDRINUSE || ::lstat(at.path.c_str(), &is) != 0) fail(at, "listen on");
    if (!S_ISSOCK(is.st_mode))
      throw temporary("cannot listen on " + at.to_string() +
                      ": there is a file that is no socket; remove it");
    const common::descriptor probe{::socket(AF_UNIX, type_of(at.by), 0)};
    if (!probe || ::connect(probe.get(), raw, sizeof name) == 0 || errno != ECONNREFUSED) {
      errno = EADDRINUSE;
      fail(at, "listen on");
    }
    ::unlink(at.path.c_str());
    if (::bind(socket_.get(), raw, sizeof name) != 0) fail(at, "listen on");
  }
  struct stat is {};
  if (::lstat(at.path.c_str(), &is) == 0) inode_ = is.st_ino;
  path_ = at.path;
  // What the process's umask took away.
  ::chmod(path_.c_str(), at.mode);
}

listening::~listening() {
  struct stat is {};
  if (!path_.empty() && ::lstat(path_.c_str(), &is) == 0 && is.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace tidegate::socket_source
