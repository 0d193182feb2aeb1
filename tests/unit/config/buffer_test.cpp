#include "support.hpp"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;

std::string with_buffer(const std::string& buffer, const std::string& more = {}) {
  return "sources:\n  a: {plugin: cpu}\nsinks:\n  b: {plugin: console}\npipelines:\n  c: {from: a, to: b, "
         "buffer: " +
         buffer + "}\n" + more;
}

TEST(Buffer, OnDiskHasLimitsOfItsOwn) {
  const auto got = check_text(with_buffer("{type: disk}"));
  ASSERT_EQ(got.said, lines{});
  const auto& buffer = got.made->pipelines[0].buffer;
  EXPECT_EQ(buffer.type, buffer_type::disk);
  EXPECT_EQ(buffer.max_bytes, 512u << 20);
  EXPECT_EQ(buffer.commit.when, commit_rule::mode::window);
  EXPECT_EQ(buffer.commit.window, 1s);
  EXPECT_EQ(check_text(with_buffer("{type: memory}")).made->pipelines[0].buffer.max_bytes, 16u << 20);
}

TEST(Buffer, TakesEveryWayToCommitAndToBeFull) {
  const auto commit = [](const std::string& text) {
    return check_text(with_buffer("{type: disk, commit: " + text + "}")).made->pipelines[0].buffer.commit;
  };
  EXPECT_EQ(commit("always").when, commit_rule::mode::always);
  EXPECT_EQ(commit("never").when, commit_rule::mode::never);
  EXPECT_EQ(commit("250ms").window, 250ms);
  EXPECT_EQ(commit("10m").window, 10min);
  const auto policy = [](const std::string& text) {
    return check_text(with_buffer("{when_full: " + text + "}")).made->pipelines[0].buffer.when_full;
  };
  EXPECT_EQ(policy("block"), when_full::block);
  EXPECT_EQ(policy("drop_oldest"), when_full::drop_oldest);
  EXPECT_EQ(policy("drop_newest"), when_full::drop_newest);
  EXPECT_EQ(policy("thin_out"), when_full::thin_out);
}

TEST(Buffer, TellsGapsOnlyIfAsked) {
  EXPECT_FALSE(check_text(with_buffer("{type: disk}")).made->pipelines[0].buffer.report_gaps);
  EXPECT_TRUE(check_text(with_buffer("{report_gaps: true}")).made->pipelines[0].buffer.report_gaps);
}

TEST(Buffer, ACommitMayBeAReferenceAndASecretIsNotShown) {
  const variable set{"TIDEGATE_TEST_COMMIT", "never"};
  const auto got = check_text(with_buffer("{type: disk, commit: \"${env:TIDEGATE_TEST_COMMIT}\"}"));
  ASSERT_EQ(got.said, lines{});
  EXPECT_EQ(got.made->pipelines[0].buffer.commit.when, commit_rule::mode::never);
  const folder credentials;
  credentials.write("commit", "hunter2");
  const variable folder_set{"CREDENTIALS_DIRECTORY", credentials.path().c_str()};
  EXPECT_EQ(
      check_text(with_buffer("{type: disk, commit: \"${credential:commit}\"}")).said,
      lines{"gw.yaml:6:52: error: pipelines.c.buffer.commit: must be always, never, or a duration such as "
            "1s; this is not"});
}

TEST(Spool, HasDefaultsAndTakesItsOptions) {
  const variable no_state{"STATE_DIRECTORY", nullptr};
  const auto usual = check_text(with_buffer("{type: disk}")).made->spool;
  EXPECT_EQ(usual.path, "/var/lib/tidegate/spool");
  EXPECT_EQ(usual.max_bytes, 1u << 30);
  EXPECT_EQ(usual.min_free_bytes, 64u << 20);
  EXPECT_FALSE(usual.daily_write_budget);
  const auto got = check_text(with_buffer(
      "{type: disk}", "spool: {path: /data/spool, max_size: 2GiB, min_free: 0, daily_write_budget: 1GB}\n"));
  ASSERT_EQ(got.said, lines{});
  EXPECT_EQ(got.made->spool.path, "/data/spool");
  EXPECT_EQ(got.made->spool.max_bytes, std::uint64_t{2} << 30);
  EXPECT_EQ(got.made->spool.min_free_bytes, 0u);
  EXPECT_EQ(got.made->spool.daily_write_budget, 1'000'000'000u);
}

TEST(Spool, LiesWhereSystemdSays) {
  const variable state{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"};
  EXPECT_EQ(check_text(with_buffer("{type: disk}")).made->spool.path, "/var/lib/a/spool");
}

TEST(Spool, WarnsWhenTheBuffersMayHoldMoreThanItself) {
  const std::string more =
      "  d: {from: a, to: b, buffer: {type: disk, max_size: 300MiB}}\n  e: {from: a, to: b, buffer: "
      "{max_size: 4GiB}}\n";
  EXPECT_EQ(check_text(with_buffer("{type: disk}", more)).said, lines{});
  EXPECT_EQ(
      check_text(with_buffer("{type: disk}", more + "spool: {max_size: 800MiB}\n")).said,
      lines{"gw.yaml:9:19: warning: spool.max_size: is 800MiB, less than the buffers on disk may hold "
            "together (812MiB); when it is full, the oldest samples of any of them make room; raise it, or "
            "lower their max_size"});
  const auto unsaid = check_text(with_buffer("{type: disk, max_size: 2GiB}"));
  ASSERT_EQ(unsaid.said.size(), 1u);
  EXPECT_EQ(unsaid.said[0].find("gw.yaml:6:3: warning: spool.max_size: is 1GiB, less than"), 0u)
      << unsaid.said[0];
  EXPECT_TRUE(unsaid.made);
}

}  // namespace
}  // namespace tidegate::config
