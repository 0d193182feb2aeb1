// The examples of the SDK do what they say, called through their tables as a host would.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tidegate/testing.hpp"

namespace tidegate {
namespace {

template <class Table>
const Table& functions(const char* file) {
  void* library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error{::dlerror()};
  const auto entry = reinterpret_cast<tidegate_plugin_entry>(::dlsym(library, TIDEGATE_PLUGIN_ENTRY));
  return *static_cast<const Table*>(entry()->components[0]->functions);
}

template <class Table>
class made {
 public:
  made(const char* file, const testing::host& host, const testing::option_map& options)
      : table{functions<Table>(file)} {
    said.size = sizeof said;
    EXPECT_EQ(table.create(host.raw(), &options.raw(), &instance, &said), TIDEGATE_OK) << said.text;
    EXPECT_EQ(table.start(instance, &said), TIDEGATE_OK) << said.text;
  }
  ~made() {
    table.stop(instance);
    table.destroy(instance);
  }
  const Table& table;
  void* instance = nullptr;
  tidegate_error said{};
};

TEST(Examples, UptimeInPlainCSendsAValidBatch) {
  testing::host host;
  host.set_utc(77);
  made<tidegate_source> uptime{SYMBOLS "/uptime.so", host, testing::options_of({})};
  EXPECT_EQ(uptime.table.poll(uptime.instance, &uptime.said), TIDEGATE_OK) << uptime.said.text;
  EXPECT_TRUE(host.violations().empty());
  ASSERT_EQ(host.samples().size(), 1u);
  EXPECT_EQ(host.samples()[0].name, "uptime");
  EXPECT_EQ(host.samples()[0].time, 77);
  EXPECT_GT(host.samples()[0].number("seconds"), 0);
}

// A file that lines are appended to, and a host that remembers over the lives of components.
struct FollowExample : ::testing::Test {
  testing::host host;
  char path[32] = "/tmp/tidegate-follow-XXXXXX";
  FollowExample() { ::close(::mkstemp(path)); }
  ~FollowExample() override { ::unlink(path); }

  void append(const std::string& text) { std::ofstream{path, std::ios::app} << text; }
  made<tidegate_source> begin() {
    return {SYMBOLS "/follow.so", host, testing::options_of({{"path", path}})};
  }
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    for (const auto& sample : host.samples()) all.push_back(sample.text("text"));
    host.clear_batches();
    return all;
  }
  void poll(made<tidegate_source>& follow) {
    EXPECT_EQ(follow.table.poll(follow.instance, &follow.said), TIDEGATE_OK) << follow.said.text;
  }
  void acknowledge(made<tidegate_source>& follow, std::uint64_t mark) {
    EXPECT_EQ(follow.table.acknowledge(follow.instance, mark, &follow.said), TIDEGATE_OK);
  }
};
using texts = std::vector<std::string>;

TEST_F(FollowExample, SendsEachLineOnceItIsComplete) {
  append("one\ntwo\nth");
  auto follow = begin();
  poll(follow);
  EXPECT_EQ(lines(), (texts{"one", "two"}));
  EXPECT_EQ(host.unacknowledged(), std::vector<std::uint64_t>{8});
  append("ree\n\n");
  poll(follow);
  EXPECT_EQ(lines(), (texts{"three", ""}));
  EXPECT_TRUE(host.violations().empty());
}

TEST_F(FollowExample, BeginsWhereAllWasAcknowledged) {
  append("one\n");
  {
    auto follow = begin();
    poll(follow);
    append("two\n");
    poll(follow);
    append("three\n");
    poll(follow);
    acknowledge(follow, 8);
    acknowledge(follow, 4);
  }
  EXPECT_EQ(host.state("offset"), "8");
  EXPECT_EQ(lines(), (texts{"one", "two", "three"}));
  auto again = begin();
  poll(again);
  EXPECT_EQ(lines(), texts{"three"});
}

TEST_F(FollowExample, ReadsOnlyWhatThePipelinesHaveRoomFor) {
  append(std::string(2000, '\n'));
  auto follow = begin();
  host.set_credit(1000);
  poll(follow);
  EXPECT_EQ(lines().size(), 0u);
  host.set_credit(64 * 1024);
  poll(follow);
  EXPECT_EQ(host.batches().size(), 4u);
  for (const auto& batch : host.batches()) EXPECT_LT(batch.view().bytes(), 48u * 1024);
}

TEST(Examples, ScaleMultipliesItsFieldAndKeepsTheRest) {
  testing::host host;
  made<tidegate_processor> scale{SYMBOLS "/scale.so", host,
                                 testing::options_of({{"field", "f"}, {"factor", 10}})};
  batch_builder builder;
  builder.sample(builder.series("s", {{"k", "v"}}), 5).field("f", 2).field("g", "text");
  const testing::batch batch{builder};
  const auto slice = batch.slice();
  EXPECT_EQ(scale.table.process(scale.instance, &slice, &scale.said), TIDEGATE_OK);
  ASSERT_EQ(host.samples().size(), 1u);
  const auto sample = host.samples()[0];
  EXPECT_EQ(sample.number("f"), 20);
  EXPECT_EQ(sample.text("g"), "text");
  EXPECT_EQ(sample.time, 5);
  EXPECT_EQ(sample.tags, (std::map<std::string, std::string>{{"k", "v"}}));
}

TEST(Examples, ScalePassesWhatHasNotItsField) {
  testing::host host;
  made<tidegate_processor> scale{SYMBOLS "/scale.so", host,
                                 testing::options_of({{"field", "f"}, {"factor", 10}})};
  batch_builder builder;
  builder.sample(builder.series("s"), 5).field("g", 2);
  const testing::batch batch{builder};
  const auto slice = batch.slice();
  EXPECT_EQ(scale.table.process(scale.instance, &slice, &scale.said), TIDEGATE_PASS);
  EXPECT_TRUE(host.batches().empty());
}

TEST(Examples, LinesNeedsAHostWithEncodings) {
  testing::host host;
  const auto& table = functions<tidegate_sink>(SYMBOLS "/lines.so");
  const auto options = testing::options_of({{"path", "/dev/null"}, {"encoding", testing::map({})}});
  void* instance = nullptr;
  tidegate_error said{};
  said.size = sizeof said;
  EXPECT_EQ(table.create(host.raw(), &options.raw(), &instance, &said), TIDEGATE_ERROR_PERMANENT);
  EXPECT_STREQ(said.text, "this host has no encodings");
}

// An encoding for the test: the number of samples as text.
struct counting_encoder {
  static tidegate_status create(const tidegate_host*, const tidegate_value*, void** encoder,
                                tidegate_error*) {
    *encoder = new std::string;
    return TIDEGATE_OK;
  }
  static tidegate_status encode(void* encoder, const tidegate_delivery*, std::uint32_t, std::uint32_t count,
                                tidegate_text* payload, tidegate_error*) {
    auto& text = *static_cast<std::string*>(encoder);
    text = std::to_string(count);
    *payload = tidegate::text(text);
    return TIDEGATE_OK;
  }
  static tidegate_text nothing(void*) { return {}; }
  static void destroy(void* encoder) { delete static_cast<std::string*>(encoder); }
  static constexpr tidegate_encode table{
      sizeof(tidegate_encode), 0, create, encode, nothing, nothing, nothing, destroy};
};

TEST(Examples, LinesDeliversToItsFileAndRetriesWhenTheDiskIsFull) {
  testing::host host;
  host.set_encode(&counting_encoder::table);
  batch_builder builder;
  builder.sample(builder.series("s"), 5).field("g", 2);
  for (const char* path : {"/dev/null", "/dev/full"}) {
    made<tidegate_sink> lines{SYMBOLS "/lines.so", host,
                              testing::options_of({{"path", path}, {"encoding", testing::map({})}})};
    const testing::delivery batch{builder};
    EXPECT_EQ(lines.table.write(lines.instance, &batch.raw(), &lines.said), TIDEGATE_OK);
  }
  ASSERT_EQ(host.completions().size(), 2u);
  EXPECT_EQ(host.completions()[0].kind, static_cast<std::uint32_t>(TIDEGATE_DELIVERED));
  EXPECT_EQ(host.completions()[1].kind, static_cast<std::uint32_t>(TIDEGATE_RETRY));
  EXPECT_EQ(host.completions()[1].reason, "/dev/full: No space left on device");
}

}  // namespace
}  // namespace tidegate
