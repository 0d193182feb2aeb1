// The source `socket` with real sockets and the host's decoders.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <thread>

#include "codec/decoder.hpp"
#include "made_up_folder.hpp"
#include "socket_source.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::socket_source {
namespace {

using namespace std::chrono_literals;
using testing::list;
using testing::map;
using testing::option_value;
using testing::options_of;
using texts = std::vector<std::string>;
using transport_kind = transport;  // the fixture has a member of that name

// A port that nobody listens on at the moment.
int free_port(int type) {
  const common::descriptor socket{::socket(AF_INET, type, 0)};
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof at;
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &length);
  return ntohs(at.sin_port);
}

bool wait_for(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!condition())
    if (std::chrono::steady_clock::now() > end)
      return false;
    else
      std::this_thread::sleep_for(1ms);
  return true;
}

class SocketSource : public ::testing::Test {
 protected:
  testing::made_up_folder folder;
  testing::host host;
  std::string transport = "tcp";
  std::string endpoint = "127.0.0.1";
  int port = 0;
  std::string path = folder.path("s");
  std::string mode = "0660";
  int connections_max = 64;
  std::chrono::nanoseconds idle_timeout = 0s;
  option_value receive_buffer{nullptr};
  option_value peer_tag{nullptr};
  option_value framing{nullptr};
  option_value format = map({{"type", "raw"}});
  std::optional<socket_source> source;

  SocketSource() { host.set_decode(codec::decode_extension()); }

  bool is_ip() const { return transport == "tcp" || transport == "udp"; }
  void make() {
    if (is_ip() && port == 0) port = free_port(transport == "udp" ? SOCK_DGRAM : SOCK_STREAM);
    source.reset();
    source.emplace(host.source(), options_of({{"transport", transport},
                                              {"endpoint", endpoint},
                                              {"port", is_ip() ? option_value{port} : option_value{nullptr}},
                                              {"path", is_ip() ? option_value{nullptr} : option_value{path}},
                                              {"mode", mode},
                                              {"max_connections", connections_max},
                                              {"idle_timeout", idle_timeout},
                                              {"receive_buffer", receive_buffer},
                                              {"peer_tag", peer_tag},
                                              {"framing", framing},
                                              {"format", format}}));
  }
  void start() {
    make();
    source->start();
  }
  common::descriptor connect() {
    const int type = transport == "udp" || transport == "unix-datagram" ? SOCK_DGRAM : SOCK_STREAM;
    common::descriptor made{::socket(is_ip() ? AF_INET : AF_UNIX, type, 0)};
    sockaddr_in ip{};
    ip.sin_family = AF_INET;
    ip.sin_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET, "127.0.0.1", &ip.sin_addr);
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    path.copy(local.sun_path, sizeof local.sun_path - 1);
    const auto* at = is_ip() ? reinterpret_cast<sockaddr*>(&ip) : reinterpret_cast<sockaddr*>(&local);
    EXPECT_EQ(::connect(made.get(), at, is_ip() ? sizeof ip : sizeof local), 0) << std::strerror(errno);
    return made;
  }
  static void send(const common::descriptor& to, std::string_view bytes) {
    EXPECT_EQ(::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  texts values() const {
    texts all;
    for (const auto& sample : host.samples()) all.push_back(sample.text("value"));
    return all;
  }
  bool wait_for_values(std::size_t count) {
    return wait_for([&] { return host.samples().size() >= count; });
  }
  // Whether the other side has closed the connection.
  static bool is_closed(const common::descriptor& socket) {
    char byte = 0;
    return wait_for([&] {
      const auto got = ::recv(socket.get(), &byte, 1, MSG_DONTWAIT);
      return got == 0 || (got < 0 && errno == ECONNRESET);
    });
  }
  std::string refusal() {
    try {
      make();
      return "accepted";
    } catch (const error& said) {
      return said.option() + ": " + said.what();
    }
  }
  std::string start_problem() {
    try {
      start();
      return "started";
    } catch (const error& said) {
      EXPECT_EQ(said.status(), TIDEGATE_ERROR_TEMPORARY);
      return said.what();
    }
  }
};

TEST_F(SocketSource, TcpGivesTheLinesOfEachConnection) {
  peer_tag = "peer";
  start();
  const auto first = connect();
  const auto second = connect();
  send(first, "one\ntw");
  ASSERT_TRUE(wait_for_values(1));
  send(second, "other\n");
  ASSERT_TRUE(wait_for_values(2));
  send(first, "o\n");
  ASSERT_TRUE(wait_for_values(3));
  EXPECT_EQ(values(), (texts{"one", "other", "two"}));
  EXPECT_EQ(host.samples()[0].tags.at("peer"), "127.0.0.1");
  source->stop();
  EXPECT_EQ(host.violations(), texts{});
}

TEST_F(SocketSource, TheEndOfAConnectionIsTheEndOfItsLastLine) {
  start();
  {
    const auto peer = connect();
    send(peer, "without a line break");
  }
  ASSERT_TRUE(wait_for_values(1));
  EXPECT_EQ(values(), texts{"without a line break"});
  EXPECT_TRUE(wait_for([&] { return host.metric("connections") == 0; }));
}

TEST_F(SocketSource, AConnectionThatIsResetGivesNoHalfLine) {
  start();
  auto peer = connect();
  send(peer, "whole\nhalf");
  ASSERT_TRUE(wait_for_values(1));
  const linger at_once{1, 0};
  ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  peer.close();
  EXPECT_TRUE(wait_for([&] { return host.metric("decode_incomplete_total") == 1; }));
  EXPECT_EQ(values(), texts{"whole"});
}

TEST_F(SocketSource, FramesOfMoreThanMaxSizeAreSkipped) {
  framing = map({{"type", "line"}, {"max_size", 100}});
  start();
  const auto peer = connect();
  send(peer, std::string(100'000, 'x') + "\nshort\n");
  ASSERT_TRUE(wait_for_values(1));
  EXPECT_EQ(values(), texts{"short"});
  EXPECT_EQ(host.metric("decode_too_long_total"), 1);
}

TEST_F(SocketSource, ConnectionsOverTheLimitAreClosedAndOthersGoOn) {
  connections_max = 2;
  start();
  auto first = connect();
  const auto second = connect();
  ASSERT_TRUE(wait_for([&] { return host.metric("connections") == 2; }));
  const auto third = connect();
  EXPECT_TRUE(is_closed(third));
  EXPECT_TRUE(is_closed(connect()));
  EXPECT_EQ(host.metric("connections_refused_total"), 2);
  EXPECT_EQ(host.log_lines().size(), 1u);
  send(second, "well\n");
  EXPECT_TRUE(wait_for_values(1));
  first.close();
  ASSERT_TRUE(wait_for([&] { return host.metric("connections") == 1; }));
  send(connect(), "again\n");
  EXPECT_TRUE(wait_for_values(2));
}

TEST_F(SocketSource, AConnectionThatSaysNothingIsClosed) {
  idle_timeout = 50ms;
  start();
  EXPECT_TRUE(is_closed(connect()));
}

TEST_F(SocketSource, ASilenceEndsAFrame) {
  framing = map({{"type", "silence"}, {"silence", 20ms}, {"max_size", 65536}});
  start();
  const auto peer = connect();
  send(peer, "after this nothing");
  ASSERT_TRUE(wait_for_values(1));
  EXPECT_EQ(values(), texts{"after this nothing"});
  send(peer, "and again");
  EXPECT_TRUE(wait_for_values(2));
}

TEST_F(SocketSource, ADatagramIsCompleteInItself) {
  transport = "udp";
  peer_tag = "peer";
  start();
  const auto peer = connect();
  for (const auto* text : {"one", "two\n", "three\nfour"}) send(peer, text);
  ASSERT_TRUE(wait_for_values(4));
  EXPECT_EQ(values(), (texts{"one", "two", "three", "four"}));
  EXPECT_EQ(host.samples()[3].tags.at("peer"), "127.0.0.1");
  EXPECT_EQ(host.metric("datagrams_total"), 3);
  EXPECT_EQ(host.violations(), texts{});
}

TEST_F(SocketSource, AWholeDatagramIsAFrameWithThatFraming) {
  transport = "udp";
  framing = map({{"type", "datagram"}, {"max_size", 65536}});
  start();
  send(connect(), "three\nfour");
  ASSERT_TRUE(wait_for_values(1));
  EXPECT_EQ(values(), texts{"three\nfour"});
}

TEST_F(SocketSource, ManyDatagramsAtOnceComeInOrder) {
  transport = "unix-datagram";  // of which none is dropped
  start();
  const auto peer = connect();
  for (int number = 0; number < 5000; ++number) send(peer, std::to_string(number));
  ASSERT_TRUE(wait_for_values(5000));
  const auto all = values();
  for (int number = 0; number < 5000; ++number)
    ASSERT_EQ(all[static_cast<std::size_t>(number)], std::to_string(number));
}

// The host makes the thread wait in submit, as a pipeline that blocks does.
class BlockedHost : public SocketSource {
 protected:
  static inline std::atomic<bool> is_blocked;
  static inline tidegate_status (*submit_before)(const tidegate_host*, void*);
  tidegate_host blocked_;

  BlockedHost() {
    is_blocked = true;
    blocked_ = *host.raw();
    submit_before = blocked_.batch_submit;
    blocked_.batch_submit = [](const tidegate_host* raw, void* block) {
      wait_for([] { return !is_blocked; });
      return submit_before(raw, block);
    };
  }
  void start_blocked() {
    port = free_port(transport == "udp" ? SOCK_DGRAM : SOCK_STREAM);
    source.emplace(source_host{&blocked_}, options_of({{"transport", transport},
                                                       {"endpoint", endpoint},
                                                       {"port", port},
                                                       {"path", option_value{nullptr}},
                                                       {"mode", mode},
                                                       {"max_connections", connections_max},
                                                       {"idle_timeout", idle_timeout},
                                                       {"receive_buffer", receive_buffer},
                                                       {"peer_tag", peer_tag},
                                                       {"framing", framing},
                                                       {"format", format}}));
    source->start();
  }
};

TEST_F(BlockedHost, MakesTheSenderOfAStreamWaitAndLosesNothing) {
  start_blocked();
  const auto peer = connect();
  const std::string line = std::string(99, 'x') + "\n";
  std::size_t bytes = 0;
  // Until the kernel takes no more: nobody reads.
  for (;;) {
    const auto rest = std::string_view{line}.substr(bytes % line.size());
    const auto took = ::send(peer.get(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (took < 0) break;
    bytes += static_cast<std::size_t>(took);
    ASSERT_LT(bytes, 100'000'000u) << "somebody reads on";
  }
  is_blocked = false;
  send(peer, std::string_view{line}.substr(bytes % line.size()));
  const auto lines = bytes / line.size() + 1;
  EXPECT_TRUE(wait_for([&] { return host.metric("decode_frames_total") >= static_cast<double>(lines); }));
  EXPECT_TRUE(wait_for_values(lines));
  EXPECT_EQ(host.samples().size(), lines);
}

TEST_F(BlockedHost, CountsTheUdpPacketsThatTheKernelDrops) {
  transport = "udp";
  receive_buffer = 4096;
  start_blocked();
  const auto peer = connect();
  constexpr int count = 2000;
  for (int number = 0; number < count; ++number) send(peer, std::to_string(number));
  is_blocked = false;
  // How many were dropped is said by a packet that comes later.
  EXPECT_TRUE(wait_for([&] {
    send(peer, "last");
    const auto all = values();
    const auto numbers =
        std::count_if(all.begin(), all.end(), [](const auto& text) { return text != "last"; });
    return static_cast<double>(numbers) + host.metric("datagrams_dropped_total") >= count;
  }));
  EXPECT_GT(host.metric("datagrams_dropped_total"), 0);
  ASSERT_TRUE(wait_for([&] { return !host.log_lines().empty(); }));
  ASSERT_EQ(host.log_lines().size(), 1u);
  EXPECT_NE(host.log_lines()[0].text.find("were dropped by the kernel"), std::string::npos);
}

TEST_F(SocketSource, UnixSocketsHaveTheirModeAndGoAway) {
  for (const auto* kind : {"unix", "unix-datagram"}) {
    transport = kind;
    mode = "0622";
    host.clear_batches();
    start();
    struct stat is {};
    ASSERT_EQ(::lstat(path.c_str(), &is), 0);
    EXPECT_EQ(is.st_mode & 07777, 0622u);
    send(connect(), "one\n");
    EXPECT_TRUE(wait_for_values(1));
    source->stop();
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

TEST_F(SocketSource, ASocketThatACrashHasLeftIsReplaced) {
  transport = "unix";
  {
    const common::descriptor left{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    ASSERT_EQ(::bind(left.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  }
  EXPECT_EQ(start_problem(), "started");
}

TEST_F(SocketSource, ASocketAtWhichSomebodyListensIsLeftAlone) {
  transport = "unix";
  start();
  try {
    const listening second{address{transport_kind::unix_stream, {}, 0, path, 0660, 0}};
    FAIL();
  } catch (const error& said) {
    EXPECT_EQ(said.what(),
              "cannot listen on unix " + path + ": Address already in use; another program listens there");
  }
  send(connect(), "one\n");
  EXPECT_TRUE(wait_for_values(1));
}

TEST_F(SocketSource, AFileInItsPlaceIsNotTouched) {
  transport = "unix";
  folder.write("s", "precious");
  EXPECT_EQ(start_problem(),
            "cannot listen on unix " + path + ": there is a file that is no socket; remove it");
  EXPECT_EQ(testing::content_of(path), "precious");
}

TEST_F(SocketSource, APortThatIsTakenIsAState) {
  start();
  const auto taken = port;
  try {
    const listening second{
        address{transport_kind::tcp, "127.0.0.1", static_cast<std::uint16_t>(taken), {}, 0, 0}};
    FAIL();
  } catch (const error& said) {
    EXPECT_EQ(said.status(), TIDEGATE_ERROR_TEMPORARY);
    EXPECT_EQ(said.what(), "cannot listen on tcp 127.0.0.1:" + std::to_string(taken) +
                               ": Address already in use; another program listens there");
  }
}

TEST_F(SocketSource, StartsAgainAfterAStop) {
  start();
  for (int turn = 1; turn <= 3; ++turn) {
    send(connect(), "one\n");
    EXPECT_TRUE(wait_for_values(static_cast<std::size_t>(turn)));
    source->stop();
    source->start();
  }
}

TEST_F(SocketSource, StopsWhileConnectionsAreOpenAndHoldsNothing) {
  make();
  const auto before = testing::open_descriptors();
  source->start();
  {
    const auto peer = connect();
    ASSERT_TRUE(wait_for([&] { return host.metric("connections") == 1; }));
    source->stop();
    EXPECT_TRUE(is_closed(peer));
  }
  EXPECT_EQ(testing::open_descriptors(), before);
}

TEST_F(SocketSource, WithoutADescriptorToBeWokenByItDoesNotStart) {
  port = free_port(SOCK_STREAM);
  const common::descriptor any{::dup(0)};
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{static_cast<rlim_t>(any.get()), before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  make();
  ::setrlimit(RLIMIT_NOFILE, &before);
  try {
    source->start();
    FAIL();
  } catch (const error& said) {
    EXPECT_EQ(said.status(), TIDEGATE_ERROR_TEMPORARY);
    EXPECT_STREQ(said.what(), "there is no file descriptor left to be woken by");
  }
}

TEST_F(SocketSource, AThreadThatCannotBeMadeHoldsNoPort) {
  make();
  pthread_attr_t before;
  ::pthread_getattr_default_np(&before);
  pthread_attr_t huge;
  ::pthread_attr_init(&huge);
  ::pthread_attr_setstacksize(
      &huge, std::numeric_limits<std::size_t>::max() / 4 * 3);  // more than there are addresses
  ASSERT_EQ(::pthread_setattr_default_np(&huge), 0);
  try {
    source->start();
    ADD_FAILURE();
  } catch (const error& said) {
    EXPECT_EQ(said.status(), TIDEGATE_ERROR_TEMPORARY);
    EXPECT_TRUE(std::string_view{said.what()}.starts_with("cannot start a thread: ")) << said.what();
  }
  ::pthread_setattr_default_np(&before);
  source->start();
  send(connect(), "one\n");
  EXPECT_TRUE(wait_for_values(1));
}

TEST_F(SocketSource, RefusesWhatCannotBe) {
  endpoint = "localhost";
  EXPECT_EQ(refusal(),
            "endpoint: must be an address of this machine such as 127.0.0.1, 0.0.0.0 (all of IPv4) or "
            "\"::\" (all); this is 'localhost'");
  endpoint = "127.0.0.1";
  framing = map({{"type", "datagram"}});
  EXPECT_EQ(
      refusal(),
      "framing.type: a stream has no packets that could end a frame; use another framing, such as line");
  transport = "udp";
  framing = map({{"type", "silence"}, {"silence", 20ms}});
  EXPECT_EQ(refusal(), "framing.type: a datagram has no pauses that could end a frame; use datagram or line");
  framing = option_value{nullptr};
  transport = "unix";
  mode = "rw";
  EXPECT_EQ(refusal(), "mode: must be permissions in octal such as \"0660\"; this is 'rw'");
  mode = "0660";
  path = "/" + std::string(107, 'p');
  EXPECT_EQ(refusal(), "path: has 108 bytes, where the path of a socket may have at most 107");
}

}  // namespace
}  // namespace tidegate::socket_source
