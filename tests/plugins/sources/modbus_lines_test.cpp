// What the source `modbus` makes of noise, of late and of wrong answers, and of lines that are away.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/select.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "modbus_fixture.hpp"

namespace tidegate::modbus {
namespace {

// ---- what is no answer ---------------------------------------------------------------------------

TEST_F(ModbusRtu, AGarbledAnswerIsAskedForAgain) {
  timeout = 300ms;
  attempts = 3;
  units.set(1, 0, {0x1234});
  std::atomic<int> count = 0;
  units.set_hook([&](const asked&, std::string& answer) {
    if (++count < 3) answer[3] = static_cast<char>(answer[3] ^ 1);
    return true;
  });
  make({unit_of(1, {field("a", 0)})});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].number("a"), 0x1234);
  EXPECT_EQ(host.metric("garbled_answers_total"), 2);
  EXPECT_EQ(health.said(), texts{"running"});
}

TEST_F(ModbusRtu, AnAnswerThatStaysGarbledIsNoValue) {
  timeout = 300ms;
  attempts = 2;
  units.set(1, 0, {5});
  units.set_hook([](const asked&, std::string& answer) {
    answer.back() = static_cast<char>(answer.back() ^ 1);
    return true;
  });
  make({unit_of(1, {field("a", 0)})});
  EXPECT_TRUE(poll().empty());
  EXPECT_EQ(units.requests().size(), 2u);
  EXPECT_EQ(health.said().back(), "away: unit 1 gives an answer that cannot be used: its checksum is wrong");
}

TEST_F(ModbusRtu, NoiseOnTheLineIsNoAnswer) {
  units.set(1, 0, {5});
  make({unit_of(1, {field("a", 0)})});
  units.send(std::string(100, 'x'));
  ASSERT_TRUE(wait_for([&] { return units.unread() == 100; }));
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].number("a"), 5);
}

TEST_F(ModbusRtu, TheAnswerOfAnotherUnitIsNoAnswer) {
  timeout = 300ms;
  units.set(1, 0, {5});
  units.set(2, 0, {6});
  std::string other;
  units.set_hook([&](const asked& what, std::string& answer) {
    if (what.unit == 2) other = answer;
    if (what.unit == 1 && !other.empty()) answer = other;
    return true;
  });
  make({unit_of(2, {field("a", 0)}), unit_of(1, {field("a", 0)})});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].tags.at("unit"), "2");
  EXPECT_EQ(health.said().back(),
            "degraded: unit 1 gives an answer that cannot be used: it is that of another unit");
}

TEST_F(ModbusRtu, AnAnswerThatComesAfterItsPollIsNotThatOfTheNext) {
  timeout = 300ms;
  units.set(1, 0, {111});
  std::string late;
  std::atomic<bool> is_late = false;
  units.set_hook([&](const asked&, std::string& answer) {
    if (is_late) return true;
    late = answer;
    is_late = true;
    return false;
  });
  make({unit_of(1, {field("a", 0)})});
  EXPECT_TRUE(poll().empty());
  ASSERT_TRUE(wait_for([&] { return is_late.load(); }));
  units.send(late);
  ASSERT_TRUE(wait_for([&] { return units.unread() == static_cast<int>(late.size()); }));
  units.set(1, 0, {222});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].number("a"), 222);
}

// The unit is slow once: what it answers to the first attempt comes while the line rests, and what it answers
// to the second would come when the next register is asked for, if that were asked for at once.
TEST_F(ModbusRtu, AnAnswerThatComesTwiceIsNotThatOfTheNextRequest) {
  timeout = 400ms;
  attempts = 2;
  units.set(1, 0, {111});
  units.set(1, 10, {222});
  std::atomic<int> count = 0;
  units.set_hook([&](const asked&, std::string&) {
    if (++count == 1) {
      EXPECT_TRUE(wait_for([&] { return host.metric("request_timeouts_total") == 1; }));
    }
    if (count <= 2) wait_for_the_next_request();
    return true;
  });
  make({unit_of(1, {field("a", 0), field("b", 10)})});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].number("a"), 111);
  EXPECT_EQ(samples[0].number("b"), 222);
}

TEST_F(ModbusTcp, AnAnswerThatComesAfterItsPollIsNotThatOfTheNext) {
  timeout = 300ms;
  units.set(1, 0, {111});
  std::string late;
  int late_connection = 0;
  units.set_hook([&](const asked&, std::string& answer) {
    if (late.empty()) {
      late = answer;
      late_connection = units.connections();
      return false;
    }
    if (units.connections() == late_connection) answer = late + answer;
    return true;
  });
  make({unit_of(1, {field("a", 0)})});
  EXPECT_TRUE(poll().empty());
  units.set(1, 0, {222});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].number("a"), 222);
  EXPECT_EQ(units.connections(), 2);
  EXPECT_EQ(log(), (texts{"opened " + peer(), "unit 1 answers again, after 0 ms"}));
}

TEST_F(ModbusTcp, AnAnswerToAnotherRequestIsNoAnswer) {
  units.set(1, 0, {5});
  units.set_hook([](const asked&, std::string& answer) {
    answer[1] = static_cast<char>(answer[1] + 1);
    return true;
  });
  make({unit_of(1, {field("a", 0)})});
  EXPECT_TRUE(poll().empty());
  EXPECT_EQ(health.said().back(),
            "away: unit 1 gives an answer that cannot be used: it does not fit the request");
}

TEST_F(ModbusTcp, AnAnswerOfAnotherLengthIsNoAnswer) {
  units.set(1, 0, {5, 6});
  units.set_hook([](const asked&, std::string& answer) {
    answer[5] = 5;
    answer[8] = 2;
    answer.resize(11);
    return true;
  });
  make({unit_of(1, {field("a", 0, "uint32")})});
  EXPECT_TRUE(poll().empty());
}

TEST_F(ModbusTcp, AnAnswerThatComesTwiceIsNotThatOfTheNextRequest) {
  units.set(1, 0, {5});
  units.set_hook([](const asked&, std::string& answer) {
    answer += answer;
    return true;
  });
  make({unit_of(1, {field("a", 0), field("b", 2)})});
  for (int round = 0; round < 3; ++round) {
    const auto samples = poll();
    ASSERT_EQ(samples.size(), 1u);
    EXPECT_EQ(samples[0].number("a"), 5);
    EXPECT_EQ(samples[0].number("b"), 0);
  }
  EXPECT_EQ(health.said(), texts{"running"});
}

// Each byte comes soon after the one before, and the whole answer too late.
TEST_F(ModbusRtu, AnAnswerThatDripsInIsLateAsAWhole) {
  timeout = 200ms;
  units.set(1, 0, {5});
  units.set_hook([this](const asked&, std::string& answer) {
    for (const char byte : answer) {
      std::this_thread::sleep_for(50ms);
      units.send(std::string(1, byte));
    }
    return false;
  });
  make({unit_of(1, {field("a", 0)})});
  EXPECT_TRUE(poll().empty());
}

// Noise comes first, and the right answer after it.
TEST_F(ModbusRtu, AfterNoiseTheRightAnswerIsNotThatOfTheNextRequest) {
  timeout = 400ms;
  attempts = 2;
  units.set(1, 0, {111});
  units.set(1, 10, {222});
  std::atomic<int> count = 0;
  units.set_hook([&](const asked&, std::string& answer) {
    if (++count == 1) {
      auto noise = answer;
      noise.back() = static_cast<char>(noise.back() ^ 1);
      units.send(noise);
      EXPECT_TRUE(wait_for([&] { return host.metric("garbled_answers_total") == 1; }));
    }
    if (count <= 2) wait_for_the_next_request();
    return true;
  });
  make({unit_of(1, {field("a", 0), field("b", 10)})});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].number("a"), 111);
  EXPECT_EQ(samples[0].number("b"), 222);
}

// ---- lines that are away -------------------------------------------------------------------------

TEST_F(ModbusRtu, APortThatIsPulledIsAStateAndReadAgainWhenItIsBack) {
  units.set(1, 0, {5});
  make({unit_of(1, {field("a", 0)})});
  EXPECT_EQ(poll().size(), 1u);
  units.pull();
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(poll().empty());
  units.plug();
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(health.said(),
            (texts{"running", "away: " + port_ + " is gone", "away: " + port_ + " is not there", "running"}));
  const auto opened = "opened " + port_ + ": 115200 baud, 8N1";
  EXPECT_EQ(log(), (texts{opened, opened}));
  EXPECT_EQ(host.metric("line_opened_total"), 2);
}

TEST_F(ModbusRtu, WhatWasReadBeforeThePortWasPulledIsKept) {
  units.set(1, 0, {5});
  std::atomic<bool> is_asked = false;
  units.set_hook([&](const asked& what, std::string&) {
    if (what.address == 10) is_asked = true;
    return what.address != 10;
  });
  make({unit_of(1, {field("a", 0), field("b", 10)})});
  std::thread pulling{[&] {
    EXPECT_TRUE(wait_for([&] { return is_asked.load(); }));
    units.pull();
  }};
  const auto samples = poll();
  pulling.join();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].number("a"), 5);
  EXPECT_EQ(health.said().back(), "away: " + port_ + " is gone");
}

TEST_F(ModbusRtu, APortThatIsNotThereAtTheStartIsWaitedFor) {
  units.set(1, 0, {5});
  units.pull();
  make({unit_of(1, {field("a", 0)})});
  EXPECT_EQ(health.said(), texts{"away: " + port_ + " is not there"});
  units.plug();
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(health.said().back(), "running");
}

TEST_F(ModbusTcp, APeerThatRefusesConnectionsIsAState) {
  units.set(1, 0, {5});
  units.close();
  make({unit_of(1, {field("a", 0)})});
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(poll().empty());
  EXPECT_EQ(health.said(), texts{"away: " + peer() + " cannot be connected to: Connection refused"});
  units.listen();
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(health.said().back(), "running");
  units.close();
  EXPECT_TRUE(poll().empty());
  units.listen();
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(log(), (texts{"opened " + peer(), "opened " + peer()}));
}

TEST_F(ModbusTcp, AConnectionThatThePeerClosedBetweenPollsIsMadeAnewAtOnce) {
  units.set(1, 0, {5});
  make({unit_of(1, {field("a", 0)})});
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(poll().size(), 1u);
    units.close();
    units.listen();
  }
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(units.connections(), 4);
  EXPECT_EQ(health.said(), texts{"running"});
  EXPECT_EQ(log(), texts{"opened " + peer()});
}

TEST_F(ModbusTcp, ItStartsAgainAfterStop) {
  units.set(1, 0, {5});
  make({unit_of(1, {field("a", 0)})});
  EXPECT_EQ(poll().size(), 1u);
  const auto before = testing::open_descriptors();
  for (int round = 0; round < 3; ++round) {
    source->request_stop();
    EXPECT_TRUE(poll().empty());
    source->stop();
    source->start();
    EXPECT_EQ(poll().size(), 1u);
  }
  EXPECT_EQ(testing::open_descriptors(), before);
}

// A peer may take no new connection for a while after the old one was closed for want of an answer.
TEST_F(ModbusTcp, AUnitThatCostsTheConnectionDoesNotCostTheOthersTheirs) {
  timeout = 300ms;
  attempts = 2;
  units.set(1, 0, {5});
  units.set_hook([this](const asked& what, std::string&) {
    if (what.unit == 2) units.refuse();
    return what.unit != 2;
  });
  make({unit_of(2, {field("a", 0)}), unit_of(1, {field("a", 0)})});
  std::size_t samples = 0;
  for (int round = 0; round < 3; ++round) {
    samples += poll().size();
    units.close();
    units.listen();
  }
  EXPECT_EQ(samples, 1u);
}

TEST_F(ModbusTcp, ItStopsWhileTheLineRests) {
  pause = 1h;
  units.set(1, 0, {5});
  make({unit_of(1, {field("a", 0), field("b", 2)})});
  std::thread polling{[this] { source->poll(); }};
  EXPECT_TRUE(wait_for([&] { return host.metric("requests_total") == 2; }));
  source->request_stop();
  polling.join();
  ASSERT_EQ(host.samples().size(), 1u);
  EXPECT_EQ(host.samples()[0].number("a"), 5);
}

// select(2), by which libmodbus waits, writes beyond its memory for a higher number.
TEST_F(ModbusTcp, AFileWhoseNumberIsTooHighForLibmodbusIsNotUsed) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto before = limit;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, FD_SETSIZE + 100);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < FD_SETSIZE + 100) GTEST_SKIP() << "not so many files may be opened";
  std::vector<common::descriptor> files;
  while (files.empty() || files.back().get() < FD_SETSIZE)
    files.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  units.set(1, 0, {5});
  make({unit_of(1, {field("a", 0)})});
  EXPECT_EQ(health.said(),
            texts{"away: " + peer() +
                  " cannot be used: too many files are open, and libmodbus takes only the first 1024"});
  files.clear();
  EXPECT_EQ(poll().size(), 1u);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace tidegate::modbus
