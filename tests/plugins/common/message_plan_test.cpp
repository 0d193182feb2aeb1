#include "messages/message_plan.hpp"

#include <zlib.h>
#include <zstd.h>

#include "messages/topic_template.hpp"
#include "mqtt_support.hpp"

namespace tidegate::testing {
namespace {

using indices = std::vector<std::uint32_t>;

const mqtt::topic_identity who{"PC-0001", "PC-0001"};

class MessagePlan : public ::testing::Test {
 protected:
  MessagePlan() { host_.set_encode(&simple_encodings()); }

  // Samples 1, 2, 3 ... of these names, in one block.
  mqtt::message_plan plan(std::initializer_list<std::string> names, const std::string& topic = "t/{name}") {
    batch_builder builder;
    std::int64_t n = 0;
    for (const auto& each : names) add_sample(builder, each, ++n);
    given_.add(builder);
    return mqtt::plan_messages(offered(), mqtt::topic_template{topic, who, "topic"}, mqtt::any_broker);
  }
  // Answers nobody: it is only looked at.
  const tidegate::delivery& offered() { return offered_.emplace(host_.offer(given_)); }
  mqtt::message_maker maker(std::uint32_t samples_max, std::size_t bytes_max,
                            mqtt::compression how = mqtt::compression::none,
                            const std::string& type = "ndjson") {
    const auto encoding = options_of({{"type", type}});
    return {host_.sink(), encoding.options(), {samples_max, bytes_max}, how};
  }
  // All payloads of a group.
  static std::vector<std::string> payloads(mqtt::message_maker& from, const mqtt::topic_group& group) {
    std::vector<std::string> all;
    for (std::uint32_t first = 0; first < group.size();) {
      const auto made = from.make(group, first, UINT32_MAX);
      all.push_back(made.problem.empty() ? std::string{made.payload} : "(" + made.problem + ")");
      first += made.count;
    }
    return all;
  }

  host host_;
  delivery given_;
  std::optional<tidegate::delivery> offered_;
};

TEST_F(MessagePlan, GathersTheSamplesOfATopicThatLieApart) {
  const auto made = plan({"cpu", "memory", "cpu", "memory", "memory"});
  ASSERT_EQ(made.groups.size(), 2U);
  EXPECT_EQ(made.groups[0].topic, "t/cpu");
  EXPECT_EQ(made.groups[0].indices, (indices{0, 2}));
  EXPECT_EQ(made.groups[1].topic, "t/memory");
  EXPECT_EQ(made.groups[1].indices, (indices{1, 3, 4}));
  EXPECT_EQ(made.groups[1].slices.size(), 2U);
  auto all = maker(10, 1000);
  EXPECT_EQ(payloads(all, made.groups[0]), (std::vector<std::string>{"{\"n\":1}\n{\"n\":3}\n"}));
  EXPECT_EQ(payloads(all, made.groups[1]), (std::vector<std::string>{"{\"n\":2}\n{\"n\":4}\n{\"n\":5}\n"}));
}

TEST_F(MessagePlan, GathersOverSlicesAndBlocks) {
  batch_builder one;
  for (std::int64_t n = 1; n <= 4; ++n) add_sample(one, "cpu", n);
  given_.add(one, 1, 2).add(one, 0, 1);
  const auto made = mqtt::plan_messages(offered(), mqtt::topic_template{"t", who, "topic"}, mqtt::any_broker);
  ASSERT_EQ(made.groups.size(), 1U);
  EXPECT_EQ(made.groups[0].indices, (indices{0, 1, 2}));
  auto all = maker(10, 1000);
  EXPECT_EQ(payloads(all, made.groups[0]), (std::vector<std::string>{"{\"n\":2}\n{\"n\":3}\n{\"n\":1}\n"}));
}

TEST_F(MessagePlan, PutsAsManySamplesIntoAMessageAsAreAllowed) {
  const auto made = plan({"cpu", "cpu", "cpu", "cpu", "cpu"}, "t");
  auto one = maker(1, 1000);
  EXPECT_EQ(payloads(one, made.groups[0]).size(), 5U);
  auto two = maker(2, 1000);
  EXPECT_EQ(payloads(two, made.groups[0]),
            (std::vector<std::string>{"{\"n\":1}\n{\"n\":2}\n", "{\"n\":3}\n{\"n\":4}\n", "{\"n\":5}\n"}));
}

TEST_F(MessagePlan, SplitsWhatIsTooLarge) {
  const auto made = plan({"cpu", "cpu", "cpu", "cpu", "cpu"}, "t");
  auto small = maker(100, 16);  // two lines of eight bytes
  std::string together;
  for (const auto& each : payloads(small, made.groups[0])) {
    EXPECT_LE(each.size(), 16U);
    together += each;
  }
  EXPECT_EQ(together, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n");
}

TEST_F(MessagePlan, RejectsASampleThatDoesNotFitAlone) {
  const auto made = plan({"cpu", "cpu"}, "t");
  auto tiny = maker(100, 7);
  EXPECT_EQ(
      payloads(tiny, made.groups[0]).front(),
      "(a sample for topic 't' makes a payload of 8 bytes, of which 7 are allowed; choose fewer 'fields' in "
      "'encoding', or raise message_max_size)");
  auto broker = maker(100, 1000);
  broker.limit_bytes(7);
  EXPECT_EQ(payloads(broker, made.groups[0]).size(), 2U);
}

TEST_F(MessagePlan, RejectsWhatTheEncodingRefuses) {
  const auto made = plan({"cpu", "cpu", "cpu"}, "t");
  auto broken = maker(100, 1000, mqtt::compression::none, "broken");
  EXPECT_EQ(payloads(broken, made.groups[0]), (std::vector<std::string>(3, "(no sample fits)")));
}

TEST_F(MessagePlan, RejectsSamplesThatHaveNoTopic) {
  const auto made = plan({"cpu", "cpu"}, "t/{tags.site}");
  EXPECT_TRUE(made.groups.empty());
  EXPECT_EQ(made.rejected, (indices{0, 1}));
  EXPECT_EQ(
      made.reason,
      "a sample of series 'cpu' has no tag 'site', which the topic needs; write {tags.site:-none} in 'topic' "
      "for those without");
}

TEST_F(MessagePlan, ChecksTheLengthOfEachTopic) {
  batch_builder builder;
  add_sample(builder, std::string(300, 'x'), 1);
  add_sample(builder, "cpu", 2);
  given_.add(builder);
  const auto made =
      mqtt::plan_messages(offered(), mqtt::topic_template{"{name}", who, "topic"}, mqtt::aws_iot_core);
  EXPECT_EQ(made.rejected, (indices{0}));
  ASSERT_EQ(made.groups.size(), 1U);
  EXPECT_EQ(made.groups[0].indices, (indices{1}));
}

TEST_F(MessagePlan, CompressesWhatCanBeReadAgain) {
  const auto made = plan({"cpu"}, "t");
  auto zipped = maker(1, 1000, mqtt::compression::gzip);
  const auto gzip = payloads(zipped, made.groups[0]).front();
  char text[64];
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(text);
  stream.avail_out = sizeof text;
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(std::string(text, stream.total_out), "{\"n\":1}\n");
  inflateEnd(&stream);
  auto zstd_maker = maker(1, 1000, mqtt::compression::zstd);
  const auto zstd = payloads(zstd_maker, made.groups[0]).front();
  const auto length = ZSTD_decompress(text, sizeof text, zstd.data(), zstd.size());
  ASSERT_EQ(ZSTD_isError(length), 0U);
  EXPECT_EQ(std::string(text, length), "{\"n\":1}\n");
}

}  // namespace
}  // namespace tidegate::testing
