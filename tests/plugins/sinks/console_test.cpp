#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <csignal>

#include "console_writer.hpp"
#include "stream.hpp"
#include "support.hpp"
#include "text_form.hpp"

namespace tidegate::console_sink {
namespace {

using testing::time_zone;
using testing::utc;

std::string text_of(const batch_builder& builder) {
  std::string text;
  const testing::batch batch{builder};
  for (const auto each : batch.view()) append_text(each, text);
  return text;
}

TEST(ConsoleText, IsOneLineForEachSample) {
  const time_zone tokyo{"Asia/Tokyo"};
  batch_builder builder;
  const tag_view tags[] = {{"host", "gw-1"}, {"cpu", "total"}};
  const auto cpu = builder.series("cpu", tags);
  const auto bare = builder.series("plc");
  builder.sample(cpu, utc("2026-11-23 03:00:00") + 250'999'999)
      .field("usage", 12.3)
      .field("cores", std::uint64_t{4});
  builder.sample(bare, -1).field("on", true).field("steps", std::int64_t{-7}).field("mode", "idle");
  EXPECT_EQ(text_of(builder),
            "12:00:00.250 cpu{cpu=total,host=gw-1} usage=12.3 cores=4\n"
            "08:59:59.999 plc on=true steps=-7 mode=\"idle\"\n");
}

TEST(ConsoleText, LetsNoSamplePlayTricksWithTheTerminal) {
  const time_zone zone{"UTC"};
  batch_builder builder;
  builder.sample(builder.series("a\nb"), 0).field("text", "\x1b[2J \"q\" \\ \t\x7f \xc3\xa9");
  EXPECT_EQ(text_of(builder), "00:00:00.000 a\\nb text=\"\\x1b[2J \\\"q\\\" \\\\ \\t\\x7f \xc3\xa9\"\n");
}

// A pipe or a terminal in place of a descriptor of the process.
class replaced_output {
 public:
  enum class kind { pipe, terminal };
  explicit replaced_output(int file, kind with = kind::pipe) : file_{file}, original_{::dup(file)} {
    const auto made =
        with == kind::pipe ? ::pipe(ends_) : ::openpty(&ends_[0], &ends_[1], nullptr, nullptr, nullptr);
    if (made != 0) std::abort();
    ::fflush(stdout);
    ::dup2(ends_[1], file);
    ::close(ends_[1]);
  }
  ~replaced_output() { restore(); }
  replaced_output(const replaced_output&) = delete;
  replaced_output& operator=(const replaced_output&) = delete;

  // What has come so far.
  std::string read() {
    std::string all;
    char block[4096];
    pollfd file{ends_[0], POLLIN, 0};
    while (::poll(&file, 1, 0) == 1 && (file.revents & POLLIN) != 0) {
      const auto got = ::read(ends_[0], block, sizeof block);
      if (got <= 0) break;
      all.append(block, static_cast<std::size_t>(got));
    }
    return all;
  }
  void close_reader() {
    ::close(ends_[0]);
    ends_[0] = -1;
  }
  void restore() {
    if (original_ < 0) return;
    ::dup2(original_, file_);
    ::close(original_);
    if (ends_[0] >= 0) ::close(ends_[0]);
    original_ = -1;
  }

 private:
  int file_;
  int original_;
  int ends_[2];
};

class ConsoleSink : public ::testing::Test {
 protected:
  testing::option_map options(const std::string& stream, testing::option_value encoding = nullptr) {
    return testing::options_of({{"stream", stream}, {"encoding", encoding}});
  }
  testing::sink_bench bench;
};

TEST_F(ConsoleSink, PrintsTextForPeopleUnlessAnEncodingIsGiven) {
  const time_zone zone{"UTC"};
  replaced_output output{STDOUT_FILENO};
  console_writer sink{bench.host.sink(), options("stdout")};
  sink.start();
  const auto answer = bench.write(sink, {1, 2});
  const auto printed = output.read();
  output.restore();
  EXPECT_EQ(answer.kind, std::uint32_t{TIDEGATE_DELIVERED});
  EXPECT_EQ(printed, "00:00:00.000 test n=1\n00:00:00.000 test n=2\n");
}

TEST_F(ConsoleSink, PrintsAnEncodingWithItsPreambleOnce) {
  replaced_output output{STDERR_FILENO};
  console_writer sink{bench.host.sink(), options("stderr", testing::map({{"type", "csv"}}))};
  sink.start();
  bench.write(sink, {1});
  bench.write(sink, {2});
  const auto printed = output.read();
  output.restore();
  EXPECT_EQ(printed, "n\n1\n2\n");
}

TEST_F(ConsoleSink, PrintsBytesOfAnEncodingThatIsNotTextAsTheyAre) {
  replaced_output output{STDOUT_FILENO};
  console_writer sink{bench.host.sink(), options("stdout", testing::map({{"type", "cbor"}}))};
  sink.start();
  bench.write(sink, {1});
  bench.write(sink, {2});
  const auto printed = output.read();
  output.restore();
  EXPECT_EQ(printed, "{\"n\":1}{\"n\":2}");
}

TEST_F(ConsoleSink, ShowsSuchBytesAsDigitsOnATerminal) {
  replaced_output output{STDOUT_FILENO, replaced_output::kind::terminal};
  console_writer sink{bench.host.sink(), options("stdout", testing::map({{"type", "cbor"}}))};
  sink.start();
  bench.write(sink, {1});
  bench.write(sink, {2});
  const auto printed = output.read();
  output.restore();
  EXPECT_EQ(printed, "7b226e223a317d\r\n7b226e223a327d\r\n");
}

TEST_F(ConsoleSink, ShowsTextAsItIsOnATerminal) {
  replaced_output output{STDOUT_FILENO, replaced_output::kind::terminal};
  console_writer sink{bench.host.sink(), options("stdout", testing::map({{"type", "json"}}))};
  sink.start();
  bench.write(sink, {1});
  const auto printed = output.read();
  output.restore();
  EXPECT_EQ(printed, "{\"n\":1}\r\n");
}

TEST_F(ConsoleSink, RetriesWhenItsReaderHasGoneAndLivesOn) {
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  replaced_output output{STDOUT_FILENO};
  console_writer sink{bench.host.sink(), options("stdout")};
  sink.start();
  output.close_reader();
  const auto answer = bench.write(sink, {1});
  output.restore();
  EXPECT_EQ(answer.kind, std::uint32_t{TIDEGATE_RETRY});
  EXPECT_EQ(answer.reason, "cannot write to standard output: its reader has closed it");
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
  std::signal(SIGPIPE, before);
}

TEST_F(ConsoleSink, StopsWhileItsReaderTakesNothing) {
  replaced_output output{STDOUT_FILENO};
  console_writer sink{bench.host.sink(), options("stdout")};
  sink.start();
  std::thread writer{[&] { bench.hand_over(sink, std::vector<std::int64_t>(20'000, 1)); }};
  EXPECT_FALSE(bench.host.wait_for_completions(1, std::chrono::milliseconds{50}))
      << "more than fits into a pipe";
  sink.request_stop();
  const bool answered = bench.host.wait_for_completions(1);
  writer.join();
  output.restore();
  ASSERT_TRUE(answered);
  EXPECT_EQ(bench.host.completions()[0].reason, "standard output takes nothing, and the sink is to stop");
}

TEST_F(ConsoleSink, RejectsWhatCannotBeEncoded) {
  console_writer sink{bench.host.sink(), options("stdout", testing::map({{"type", "broken"}}))};
  EXPECT_EQ(bench.write(sink, {1}).kind, std::uint32_t{TIDEGATE_REJECTED});
}

}  // namespace
}  // namespace tidegate::console_sink
