// A sink's timer: when it is called, and what its errors mean.
#include "sink_fixture.hpp"

namespace tidegate::pipeline {
namespace {

class ticking_sink {
 public:
  static constexpr component info{.name = "ticking", .summary = "Does as the test says, also by the clock."};
  ticking_sink(sink_host host, const options& given) : script_{script_of(given)} {
    script_.host = host.raw();
  }
  void start() {
    ++script_.starts;
    if (script_.on_start) script_.on_start();
  }
  void write(delivery given) { script_.on_write(std::move(given)); }
  void tick() {
    ++script_.polls;
    script_.on_poll(source_host{script_.host});
  }
  void stop() { ++script_.stops; }

 private:
  script& script_;
};

struct SinkTimer : SinkRunnerTest {
  SinkTimer() {
    sink_component.sink = &sink<ticking_sink>::functions;
    does.on_write = [](delivery given) { given.delivered(); };
    does.on_start = [this] { set(1ms); };
  }
  void set(std::chrono::nanoseconds delay) { does.host->set_timer(does.host, delay.count()); }
};

TEST_F(SinkTimer, IsCalledOnceForEachTimeItIsSet) {
  does.on_poll = [&](source_host) {
    if (does.polls < 3) set(0ns);
  };
  begin();
  ASSERT_TRUE(eventually([&] { return does.polls == 3; }));
  push(0, 5);
  end();
  EXPECT_EQ(does.polls, 3);
  EXPECT_EQ(way->ledger().delivered, 5u);
}

TEST_F(SinkTimer, ATimerThatIsTakenBackIsNotCalled) {
  does.on_start = [&] {
    set(0ns);
    set(-1ns);
  };
  does.on_poll = [](source_host) {};
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 5; }));
  end();
  EXPECT_EQ(does.polls, 0);
}

TEST_F(SinkTimer, AnErrorThatMayPassIsToldAndTheSinkGoesOn) {
  does.on_poll = [](source_host) { throw temporary("cannot rotate the file"); };
  begin();
  ASSERT_TRUE(eventually([&] { return log.has("degraded: cannot rotate the file"); }));
  EXPECT_EQ(runner->life().health().now().state, state::degraded);
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 5; }));
  EXPECT_EQ(runner->life().health().now().state, state::running) << "what it delivers now shows it";
  end();
}

TEST_F(SinkTimer, AnErrorThatLastsEndsTheSinkAndItsSamplesWait) {
  std::vector<delivery> held;
  does.on_start = [] {};
  does.on_write = [&](delivery given) {
    held.push_back(std::move(given));
    set(0ns);
  };
  does.on_poll = [](source_host) { throw permanent("the disk is gone"); };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return runner->life().health().state() == state::failed; }));
  runner->request_drain();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(runner->life().health().now().state, state::failed);
  EXPECT_TRUE(log.has("failed: tick: the disk is gone"));
  EXPECT_EQ(does.stops, 1);
  EXPECT_EQ(way->ledger().waiting, 5u) << "what was unanswered as well";
  held.clear();
  EXPECT_TRUE(way->ledger().balanced());
}

}  // namespace
}  // namespace tidegate::pipeline
