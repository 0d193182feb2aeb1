// What becomes of deliveries while a broker acknowledges, refuses and goes away.
#include "mqtt/outbox.hpp"

#include "mqtt_support.hpp"

namespace tidegate::testing {
namespace {

using close_kind = mqtt::outbox::close_kind;
using texts = std::vector<std::string>;
using indices = std::vector<std::uint32_t>;

constexpr std::int64_t second = 1'000'000'000;

std::string line(std::int64_t n) { return "{\"n\":" + std::to_string(n) + "}\n"; }
texts lines(std::initializer_list<std::int64_t> numbers) {
  texts made;
  for (const auto n : numbers) made.push_back(line(n));
  return made;
}

class Outbox : public ::testing::Test {
 protected:
  Outbox() { host_.set_encode(&simple_encodings()); }

  mqtt::outbox& make(const mqtt_options& given = {}) {
    settings_ = settings_of(given);
    tree_.emplace(given.options());
    outbox_.emplace(host_.sink(), settings_, tree_->options()["encoding"]);
    outbox_->begin({});
    return *outbox_;
  }
  // A delivery of samples with these numbers; its token counts from 1.
  void take(std::vector<std::int64_t> numbers, const std::string& name = "cpu", std::uint32_t attempt = 1) {
    batch_builder builder;
    for (const auto n : numbers) add_sample(builder, name, n);
    outbox_->take(host_.offer(deliveries_.emplace_back(builder, ++token_, attempt)));
  }
  // One that was returned before.
  void take_again(std::vector<std::int64_t> numbers) { take(std::move(numbers), "cpu", 2); }
  std::int64_t pump(std::int64_t now = 0) { return outbox_->pump(sender_, now); }
  texts sent() {
    auto made = sender_.payloads();
    slots_.clear();
    for (const auto& each : sender_.all) slots_.push_back(each.slot);
    sender_.all.clear();
    return made;
  }
  completion answer(std::uint64_t token) {
    for (const auto& each : host_.completions())
      if (each.token == token) return each;
    return {token, 99, "(none)", {}, {}};
  }
  void expect_delivered(std::uint64_t token) {
    EXPECT_EQ(answer(token).kind, std::uint32_t{TIDEGATE_DELIVERED}) << answer(token).reason;
  }
  // What happens at a loss: offered again by the host, on a new connection.
  void reconnect(close_kind how) {
    outbox_->lost("lost", how, 5s);
    outbox_->begin({});
    host_.clear_completions();
  }

  host host_;
  mqtt::settings settings_;
  std::optional<option_map> tree_;
  std::deque<delivery> deliveries_;
  std::uint64_t token_ = 0;
  recording_sender sender_;
  std::vector<std::uint32_t> slots_;  // of what sent() gave last
  std::optional<mqtt::outbox> outbox_;
};

TEST_F(Outbox, AnswersADeliveryWhenItsLastMessageIsAcknowledged) {
  auto& box = make();
  take({1, 2});
  EXPECT_EQ(pump(), INT64_MAX);
  EXPECT_EQ(sent(), lines({1, 2}));
  box.acknowledged(slots_[1], second);
  EXPECT_TRUE(host_.completions().empty());
  box.acknowledged(slots_[0], second);
  expect_delivered(1);
  EXPECT_TRUE(box.empty());
  EXPECT_EQ(host_.metric("acknowledged_messages_total"), 2);
  EXPECT_EQ(host_.metric("acknowledge_seconds_total"), 2);
}

TEST_F(Outbox, NeverHasMoreUnderWayThanTheWindow) {
  mqtt_options given;
  given.limits = map({{"messages_per_second", nullptr}, {"bytes_per_second", nullptr}, {"in_flight", 2}});
  auto& box = make(given);
  take({1, 2, 3});
  pump();
  EXPECT_EQ(sent(), lines({1, 2}));
  box.acknowledged(slots_[0], 0);
  pump();
  EXPECT_EQ(sent(), lines({3}));
  EXPECT_EQ(box.in_flight(), 2U);
}

TEST_F(Outbox, HeedsTheReceiveMaximumOfTheBroker) {
  auto& box = make();
  mqtt::broker_limits limits;
  limits.receive_maximum = 1;
  box.begin(limits);
  take({1, 2});
  pump();
  EXPECT_EQ(sent(), lines({1}));
}

TEST_F(Outbox, SendsNoFasterThanTheRate) {
  mqtt_options given;
  given.limits = map({{"messages_per_second", 2}, {"bytes_per_second", nullptr}, {"in_flight", 100}});
  make(given);
  take({1, 2, 3, 4});
  const auto next = 10 * second / 18 + 1;
  EXPECT_EQ(pump(0), next);
  EXPECT_EQ(sent(), lines({1}));
  pump(next);
  EXPECT_EQ(sent(), lines({2}));
}

TEST_F(Outbox, CountsBytesAsWell) {
  mqtt_options given;
  given.limits = map({{"messages_per_second", nullptr}, {"bytes_per_second", 8}, {"in_flight", 100}});
  make(given);
  take({1, 2});
  EXPECT_GT(pump(0), second / 10);
  EXPECT_EQ(sent(), lines({1}));
}

TEST_F(Outbox, RejectsTheSamplesOfARefusedMessageAndDeliversTheOthers) {
  auto& box = make();
  take({1, 2, 3});
  pump();
  sent();
  box.acknowledged(slots_[0], 0);
  EXPECT_TRUE(box.refused(slots_[1], 0x87, "", 0));
  box.acknowledged(slots_[2], 0);
  const auto said = answer(1);
  EXPECT_EQ(said.kind, std::uint32_t{TIDEGATE_REJECTED});
  EXPECT_EQ(said.rejected, indices{1});
  EXPECT_EQ(said.reason,
            "the broker refused a message for topic 't/cpu': not authorized (0x87); allow this client to "
            "publish there");
}

TEST_F(Outbox, RejectsWhatCannotBecomeAMessageWithoutSendingIt) {
  mqtt_options given;
  given.message_max_size = 8;  // "{"n":1}" and a newline
  auto& box = make(given);
  take({1, 10, 2});
  pump();
  EXPECT_EQ(sent(), lines({1, 2}));
  for (const auto slot : slots_) box.acknowledged(slot, 0);
  EXPECT_EQ(answer(1).kind, std::uint32_t{TIDEGATE_REJECTED});
  EXPECT_EQ(answer(1).rejected, indices{1});
}

TEST_F(Outbox, SlowsDownWhenTheBrokerSaysSo) {
  auto& box = make();
  take({1, 2});
  pump();
  sent();
  EXPECT_TRUE(box.refused(slots_[0], 0x97, "", 0));
  EXPECT_EQ(pump(0), second);
  EXPECT_TRUE(sender_.all.empty());
  pump(second);
  EXPECT_EQ(sent(), lines({1}));
  EXPECT_TRUE(box.refused(slots_[0], 0x97, "", second));
  EXPECT_EQ(pump(second), 3 * second);  // and then longer
}

TEST_F(Outbox, TriesThreeTimesWhatTheBrokerCouldNotTake) {
  auto& box = make();
  take({1});
  std::int64_t now = 0;
  for (int count = 0; count < 3; ++count) {
    now += 60 * second;
    pump(now);
    ASSERT_EQ(sent(), lines({1})) << count;
    EXPECT_TRUE(box.refused(slots_[0], 0x80, "disk full", now));
  }
  EXPECT_EQ(answer(1).reason,
            "the broker refused a message for topic 't/cpu': unspecified error (0x80) (it says: disk full)");
}

TEST_F(Outbox, AnswersAmbiguousForWhatWasUnderWayAndRetryForTheRest) {
  mqtt_options given;
  given.limits = map({{"messages_per_second", nullptr}, {"bytes_per_second", nullptr}, {"in_flight", 1}});
  auto& box = make(given);
  take({1});
  take({2});
  pump();
  box.lost("gone", close_kind::explained, 5s);
  EXPECT_EQ(answer(1).kind, std::uint32_t{TIDEGATE_AMBIGUOUS});
  EXPECT_EQ(answer(2).kind, std::uint32_t{TIDEGATE_RETRY});
  EXPECT_EQ(answer(2).retry_after, 5s);
  EXPECT_EQ(box.in_flight(), 0U);
  box.acknowledged(0, 0);  // late: of the old connection
  EXPECT_EQ(host_.completions().size(), 2U);
}

TEST_F(Outbox, SendsOnlyWhatWasNotAcknowledgedWhenADeliveryComesAgain) {
  auto& box = make();
  take({1, 2, 3});
  pump();
  sent();
  box.acknowledged(slots_[0], 0);
  box.acknowledged(slots_[2], 0);
  reconnect(close_kind::explained);
  take_again({1, 2, 3});
  pump();
  EXPECT_EQ(sent(), lines({2}));
  box.acknowledged(slots_[0], 0);
  expect_delivered(2);
}

TEST_F(Outbox, DoesNotSendAgainWhatWasRefusedWhenTheConnectionEndsThereupon) {
  auto& box = make();
  take({1, 2, 3});
  pump();
  sent();
  box.acknowledged(slots_[0], 0);
  box.refused(slots_[1], 0x87, "", 0);
  EXPECT_EQ(box.answered_count(), 2U);
  reconnect(close_kind::unexplained);
  take_again({1, 2, 3});
  pump();
  EXPECT_EQ(sent(), lines({3}));
  box.acknowledged(slots_[0], 0);
  EXPECT_EQ(answer(2).rejected, indices{1});
  // It is forgotten with its delivery: the broker's rules may have changed.
  take({2});
  pump();
  EXPECT_EQ(sent(), lines({2}));
}

TEST_F(Outbox, SendsAsManyEqualMessagesAsThereAre) {
  auto& box = make();
  take({7, 7, 7});
  pump();
  sent();
  box.acknowledged(slots_[0], 0);
  reconnect(close_kind::explained);
  take_again({7, 7, 7});
  pump();
  EXPECT_EQ(sent(), lines({7, 7}));
}

TEST_F(Outbox, FindsTheRecordOnWhichTheBrokerClosesAndLetsTheRestThrough) {
  auto& box = make();
  // A broker that closes the connection, without a word, on record 3 of five.
  for (int connection = 0; connection < 10; ++connection) {
    take({1, 2, 3, 4, 5}, "cpu", static_cast<std::uint32_t>(connection) + 1);
    bool is_closed = false;
    while (!is_closed && !box.empty()) {
      pump();
      const auto batch = sent();
      ASSERT_FALSE(batch.empty());
      const auto slots = slots_;
      for (std::size_t index = 0; index < batch.size() && !is_closed; ++index) {
        is_closed = batch[index] == line(3);
        if (!is_closed) box.acknowledged(slots[index], 0);
      }
    }
    if (!is_closed) break;
    reconnect(close_kind::unexplained);
  }
  ASSERT_EQ(host_.completions().size(), 1U);
  const auto said = host_.completions()[0];
  EXPECT_EQ(said.kind, std::uint32_t{TIDEGATE_REJECTED});
  EXPECT_EQ(said.rejected, indices{2});
  EXPECT_EQ(
      said.reason,
      "the broker closed the connection 3 times on this message for topic 't/cpu' (lost); a broker may do so "
      "where it does not let the client publish: allow the topic, or use version: 5, which says more");
  EXPECT_LE(token_, 5U);  // 1 with all under way, 3 strikes, and the one that gets through
}

TEST_F(Outbox, FindsAllRecordsOfADeliveryOnWhichTheBrokerCloses) {
  auto& box = make();
  int connections = 0;
  for (; connections < 20; ++connections) {
    take({1, 2}, "cpu", static_cast<std::uint32_t>(connections) + 1);
    pump();
    if (box.empty()) break;
    sent();
    reconnect(close_kind::unexplained);
  }
  EXPECT_EQ(connections, 7);  // one with both under way, and three for each
  ASSERT_EQ(host_.completions().size(), 1U);
  EXPECT_EQ(host_.completions()[0].rejected, (indices{0, 1}));
}

TEST_F(Outbox, SuspectsNobodyAfterACloseThatIsExplained) {
  auto& box = make();
  for (int count = 0; count < 5; ++count) {
    take({1});
    pump();
    EXPECT_EQ(sent(), lines({1}));
    reconnect(close_kind::explained);
  }
  take({1, 2});
  pump();
  EXPECT_EQ(sent().size(), 2U);
  for (const auto slot : slots_) box.acknowledged(slot, 0);
  expect_delivered(token_);
}

TEST_F(Outbox, KeepsWhatTheConnectionDidNotTake) {
  auto& box = make();
  sender_.fails = true;
  take({1});
  EXPECT_NE(pump(0), INT64_MAX);
  EXPECT_EQ(box.in_flight(), 0U);
  sender_.fails = false;
  pump(second);
  EXPECT_EQ(sent(), lines({1}));
}

TEST_F(Outbox, TellsSinceWhenTheBrokerOwesAnAcknowledgement) {
  auto& box = make();
  EXPECT_EQ(box.waits_since(), INT64_MAX);
  take({1});
  pump(5);
  take({2});
  pump(9);
  take({3});
  pump(12);
  EXPECT_EQ(box.waits_since(), 5);
  sent();
  box.acknowledged(slots_[0], 20);
  EXPECT_EQ(box.waits_since(), 20) << "they come in their turn";
  box.acknowledged(slots_[2], 30);
  EXPECT_EQ(box.waits_since(), 9) << "one was passed over";
  box.acknowledged(slots_[1], 31);
  EXPECT_EQ(box.waits_since(), INT64_MAX);
}

TEST_F(Outbox, SendsAnEqualMessageOfLater) {
  auto& box = make();
  take({1, 2});
  pump();
  sent();
  box.acknowledged(slots_[0], 0);
  reconnect(close_kind::explained);
  // It never comes again: the host has given it up.
  take({1});
  pump();
  EXPECT_EQ(sent(), lines({1}));
  box.acknowledged(slots_[0], 0);
  take_again({1});
  pump();
  EXPECT_EQ(sent(), lines({1}));
}

TEST_F(Outbox, HasNoMoreBytesUnderWayThanASlowLinkCarriesInTime) {
  mqtt_options given;
  given.samples_per_message = 100'000;
  given.message_max_size = 700'000;
  given.batch = map({{"max_samples", 100'000}});
  auto& box = make(given);
  std::vector<std::int64_t> numbers(39'000);
  for (std::size_t index = 0; index < numbers.size(); ++index)
    numbers[index] = 1'000'000'000 + static_cast<std::int64_t>(index);
  for (int count = 0; count < 4; ++count) take(numbers);
  pump();
  EXPECT_EQ(sent().size(), 2U);  // of 663 KB
  box.acknowledged(slots_[0], 0);
  pump();
  EXPECT_EQ(sent().size(), 1U);
}

TEST_F(Outbox, KeepsPacketsWithinWhatTheBrokerTakes) {
  mqtt_options given;
  given.samples_per_message = 500;
  given.topic = std::string(500, 't');
  auto& box = make(given);
  mqtt::broker_limits limits;
  limits.packet_bytes_max = 800;
  box.begin(limits);
  take(std::vector<std::int64_t>(100, 1));
  pump();
  std::size_t bytes = 0;
  for (const auto& each : sent()) {
    EXPECT_LE(each.size(), 250U);
    bytes += each.size();
  }
  EXPECT_EQ(bytes, 100 * line(1).size());
  limits.packet_bytes_max = 500;
  box.begin(limits);
  host_.clear_completions();
  take({1});
  pump();
  EXPECT_EQ(answer(2).rejected, indices{0});
}

TEST_F(Outbox, RefusesATemplateWhoseFixedPartIsNoTopicOfAws) {
  mqtt_options given;
  given.topic = "a/b/c/d/e/f/g/h/{name}";
  given.tls = map({{"ca", nullptr},
                   {"certificate", nullptr},
                   {"key", nullptr},
                   {"key_passphrase", nullptr},
                   {"alpn", nullptr}});
  const auto tree = given.options();
  const auto read = mqtt::read_settings(tree.options(), "PC-0001", mqtt::flavour::aws_iot);
  try {
    mqtt::outbox{host_.sink(), read, tree.options()["encoding"]};
    FAIL();
  } catch (const tidegate::error& thrown) {
    EXPECT_EQ(thrown.option(), "topic");
    EXPECT_STREQ(thrown.what(), "topic 'a/b/c/d/e/f/g/h/' has 8 slashes, of which 7 are allowed; shorten it");
  }
}

}  // namespace
}  // namespace tidegate::testing
