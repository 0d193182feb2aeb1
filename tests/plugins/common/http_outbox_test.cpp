// What becomes of deliveries while a server takes, refuses and breaks off.
#include "http/outbox.hpp"
#include "http_support.hpp"

namespace tidegate::testing {
namespace {

using texts = std::vector<std::string>;
using indices = std::vector<std::uint32_t>;

constexpr std::int64_t second = 1'000'000'000;

class HttpOutbox : public ::testing::Test {
 protected:
  HttpOutbox() { host_.set_encode(&simple_encodings()); }

  http::outbox& make(const http_options& given = {}, http::flavour of = http::flavour::http) {
    settings_ = settings_of(given, of);
    settings_.server.ahead_max = 2;
    tree_.emplace(given.options());
    outbox_.emplace(host_.sink(), settings_, tree_->options()["encoding"]);
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
  // The bodies that are sent now, as "1,2"; their slots are in slots_.
  texts sent(std::int64_t now = 0) {
    outbox_->pump(sender_, now);
    texts made;
    slots_.clear();
    heads_.clear();
    for (const auto& each : sender_.all) {
      std::string numbers;
      for (std::size_t at = each.body.find(':'); at != std::string::npos; at = each.body.find(':', at + 1))
        numbers += (numbers.empty() ? "" : ",") + each.body.substr(at + 1, each.body.find('}', at) - at - 1);
      made.push_back(numbers);
      slots_.push_back(each.slot);
      heads_.push_back(each.head);
    }
    sender_.all.clear();
    return made;
  }
  void answer(std::size_t index, unsigned status, const std::string& retry_after = {},
              const std::string& body = {}) {
    http::answer given;
    given.status = status;
    given.retry_after = retry_after;
    given.body = body;
    outbox_->answered(slots_.at(index), given, second);
  }
  completion outcome(std::uint64_t token) {
    for (const auto& each : host_.completions())
      if (each.token == token) return each;
    return {token, 99, "(none)", {}, {}};
  }
  std::uint32_t kind(std::uint64_t token) { return outcome(token).kind; }

  host host_;
  http::settings settings_;
  std::optional<option_map> tree_;
  std::deque<delivery> deliveries_;
  std::uint64_t token_ = 0;
  recording_sender sender_;
  std::vector<std::uint32_t> slots_;
  texts heads_;
  std::optional<http::outbox> outbox_;
};

http_options of_pairs() {
  http_options given;
  given.samples_per_message = 2;
  return given;
}

TEST_F(HttpOutbox, AnswersADeliveryWhenItsLastRequestIsTaken) {
  make(of_pairs());
  take({1, 2, 3, 4});
  EXPECT_EQ(sent(), (texts{"1,2", "3,4"}));
  answer(1, 200);
  EXPECT_EQ(kind(1), 99U);
  answer(0, 204);
  EXPECT_EQ(kind(1), std::uint32_t{TIDEGATE_DELIVERED});
  EXPECT_TRUE(outbox_->empty());
}

TEST_F(HttpOutbox, SendsNoMoreThanTwoRequestsAConnection) {
  auto given = of_pairs();
  given.max_connections = 2;
  make(given);
  take({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  EXPECT_EQ(sent(), (texts{"1,2", "3,4", "5,6", "7,8"}));
  EXPECT_FALSE(outbox_->wants_to_send());
  answer(0, 200);
  EXPECT_TRUE(outbox_->wants_to_send());
  EXPECT_EQ(sent(), (texts{"9,10"}));
}

TEST_F(HttpOutbox, MakesMoreAheadWhileTheyAreSmall) {
  make(of_pairs());
  settings_.server.ahead_max = 16;
  outbox_.emplace(host_.sink(), settings_, tree_->options()["encoding"]);
  std::vector<std::int64_t> numbers(40);
  take(numbers);
  EXPECT_EQ(sent().size(), 16U);
  outbox_->abandon("again");
  settings_.server.ahead_bytes_max = 60;  // a body has 16 bytes
  take(numbers);
  EXPECT_EQ(sent().size(), 4U);
}

TEST_F(HttpOutbox, GivesAllBackWhenTheServerIsBusy) {
  make(of_pairs());
  take({1, 2, 3, 4, 5, 6});
  take({7, 8});
  EXPECT_EQ(sent(), (texts{"1,2", "3,4"}));
  answer(0, 429, "30");
  // The second delivery was not begun; of the first something is under way.
  EXPECT_EQ(kind(2), std::uint32_t{TIDEGATE_RETRY});
  EXPECT_EQ(outcome(2).retry_after, 30s);
  EXPECT_EQ(kind(1), 99U);
  EXPECT_TRUE(sent().empty());
  outbox_->withdrawn(1);
  EXPECT_EQ(kind(1), std::uint32_t{TIDEGATE_RETRY});
  EXPECT_EQ(outcome(1).retry_after, 30s);
  EXPECT_EQ(outcome(1).reason, "x.example:443 answers 429 Too Many Requests to POST /in");
}

TEST_F(HttpOutbox, KeepsTheOrderWhileItHalves) {
  auto given = of_pairs();
  given.samples_per_message = 4;
  make(given);
  take({1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(sent(), (texts{"1,2,3,4", "5,6,7,8"}));
  answer(0, 413);
  outbox_->withdrawn(slots_[1]);
  EXPECT_EQ(sent(), (texts{"1,2", "3,4"}));
  answer(0, 413);
  outbox_->withdrawn(slots_[1]);
  EXPECT_EQ(sent(), (texts{"1", "2"}));
  answer(0, 200);
  answer(1, 200);
  EXPECT_EQ(sent(), (texts{"3,4", "5,6,7,8"}));
}

TEST_F(HttpOutbox, LetsNoAnswerTellASecret) {
  auto given = of_pairs();
  given.username = "gw";
  given.password = "pa55";
  given.headers = map({{"X-Api-Key", "a-long-key"}, {"X-Line", "7"}});
  make(given);
  take({1});
  sent();
  answer(0, 503, "", std::string(195, '-') + "a-long-key");
  EXPECT_EQ(outcome(1).reason.find("a-lo"), std::string::npos) << outcome(1).reason;
  take({1});
  sent();
  answer(0, 503, "", "gw:pa55 on line 7");
  EXPECT_NE(outcome(2).reason.find("(it says: gw:... on line 7)"), std::string::npos) << outcome(2).reason;
}

TEST_F(HttpOutbox, SendsNothingTwiceThatWasTaken) {
  make(of_pairs());
  take({1, 2, 3, 4, 5});
  EXPECT_EQ(sent(), (texts{"1,2", "3,4"}));
  answer(0, 200);
  answer(1, 503);
  EXPECT_EQ(kind(1), std::uint32_t{TIDEGATE_RETRY});
  take_again({1, 2, 3, 4, 5});
  EXPECT_EQ(sent(), (texts{"3,4", "5"}));
  answer(0, 200);
  answer(1, 200);
  EXPECT_EQ(kind(2), std::uint32_t{TIDEGATE_DELIVERED});
}

TEST_F(HttpOutbox, SendsAnEqualRequestOfLater) {
  make(of_pairs());
  take({1, 2, 3, 4});
  sent();
  answer(0, 200);
  answer(1, 503);
  // It never comes again: the host has given it up.
  take({1, 2});
  EXPECT_EQ(sent(), (texts{"1,2"}));
  answer(0, 200);
  take_again({1, 2});
  EXPECT_EQ(sent(), (texts{"1,2"}));
}

TEST_F(HttpOutbox, RemembersWhatWasTakenWhileOthersAreAnswered) {
  make(of_pairs());
  take({1, 2, 3, 4});
  take({5, 6});
  outbox_->pump(sender_, 0);
  EXPECT_EQ(sent().size(), 2U);  // as many as are made ahead
  answer(0, 200);
  answer(1, 503);
  take_again({1, 2, 3, 4});
  EXPECT_EQ(sent(), (texts{"3,4"}));
}

TEST_F(HttpOutbox, TellsThatARequestMayHaveArrived) {
  make(of_pairs());
  take({1, 2});
  take({3, 4});
  EXPECT_EQ(sent().size(), 2U);
  outbox_->cut_off(slots_[0], "lost");
  EXPECT_EQ(kind(1), std::uint32_t{TIDEGATE_AMBIGUOUS});
  EXPECT_EQ(outcome(1).reason, "lost");
  outbox_->not_sent(slots_[1], "refused");
  EXPECT_EQ(kind(2), std::uint32_t{TIDEGATE_RETRY});
  EXPECT_EQ(outcome(2).reason, "lost");  // the first trouble is the cause
}

TEST_F(HttpOutbox, HalvesWhatIsRefusedUntilTheGuiltyOneStandsAlone) {
  make();
  take({1, 2, 3, 4});
  EXPECT_EQ(sent(), (texts{"1,2,3,4"}));
  answer(0, 400);
  EXPECT_EQ(sent(), (texts{"1,2", "3,4"}));
  answer(0, 200);
  answer(1, 400);
  EXPECT_EQ(sent(), (texts{"3", "4"}));
  answer(0, 400);
  answer(1, 200);
  EXPECT_EQ(kind(1), std::uint32_t{TIDEGATE_REJECTED});
  EXPECT_EQ(outcome(1).rejected, (indices{2}));
  EXPECT_EQ(outcome(1).reason, "x.example:443 answers 400 Bad Request to POST /in");
}

TEST_F(HttpOutbox, RejectsAForbiddenPathWithoutHalving) {
  http_options given;
  given.url = "https://x.example/{name}";
  make(given);
  take({1, 2, 3}, "cpu");
  EXPECT_EQ(sent(), (texts{"1,2,3"}));
  answer(0, 403);
  EXPECT_EQ(outcome(1).rejected, (indices{0, 1, 2}));
}

TEST_F(HttpOutbox, PausesForLongWithOneAlarm) {
  make();
  take({1});
  sent();
  answer(0, 401);
  EXPECT_EQ(kind(1), std::uint32_t{TIDEGATE_RETRY});
  EXPECT_GE(outcome(1).retry_after, 60s);
  EXPECT_LE(outcome(1).retry_after, 120s);
  take({1});
  sent();
  answer(0, 401);
  std::size_t alarms = 0;
  for (const auto& line : host_.log_lines())
    if (line.level == TIDEGATE_LOG_ERROR) ++alarms;
  EXPECT_EQ(alarms, 1U);
}

TEST_F(HttpOutbox, GivesARequestTheSameKeyWhenItComesAgain) {
  http_options given;
  given.idempotency_header = "Idempotency-Key";
  make(given);
  take({1, 2});
  sent();
  const auto before = heads_.at(0);
  outbox_->cut_off(slots_[0], "lost");
  take({1, 2});
  sent();
  EXPECT_EQ(heads_.at(0), before);
  EXPECT_NE(before.find("Idempotency-Key: "), std::string::npos);
  answer(0, 200);
  take({1, 3});
  sent();
  EXPECT_NE(heads_.at(0), before);
}

TEST_F(HttpOutbox, KeepsToItsRate) {
  auto given = of_pairs();
  given.max_connections = 32;
  given.limits = map({{"messages_per_second", 40}, {"bytes_per_second", nullptr}});
  make(given);
  take({1, 2, 3, 4, 5, 6, 7, 8});
  const std::int64_t now = 100 * second;
  EXPECT_EQ(sent(now).size(), 2U);  // a twentieth
  const auto next = outbox_->pump(sender_, now);
  EXPECT_EQ(next, now + second / 36 + 1);  // nine tenths
  EXPECT_EQ(sent(next).size(), 1U);
}

TEST_F(HttpOutbox, AnswersAllOfItWhenItIsStopped) {
  make(of_pairs());
  take({1, 2});
  take({3, 4});
  take({5, 6});
  sent();
  outbox_->abandon("stop");
  EXPECT_EQ(kind(1), std::uint32_t{TIDEGATE_AMBIGUOUS});
  EXPECT_EQ(kind(2), std::uint32_t{TIDEGATE_AMBIGUOUS});
  EXPECT_EQ(kind(3), std::uint32_t{TIDEGATE_RETRY});
  EXPECT_EQ(outbox_->in_flight(), 0U);
  outbox_->cut_off(0, "late");  // of nobody any more
}

TEST_F(HttpOutbox, WaitsForATokenWithoutSending) {
  temporary_folder folder;
  http_options given;
  given.bearer_token_file = folder / "token";
  make(given);
  take({1});
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(outcome(1).reason,
            "cannot read bearer_token_file " + (folder / "token") + ": No such file or directory");
  put(folder / "token", "abc");
  take({1});
  EXPECT_EQ(sent(), (texts{"1"}));
  EXPECT_NE(heads_.at(0).find("Authorization: Bearer abc\r\n"), std::string::npos);
}

TEST_F(HttpOutbox, OfAwsChecksTopics) {
  http_options given;
  given.topic = "a/b/c/d/e/f/g/h/{name}";
  EXPECT_THROW(make(given, http::flavour::aws_iot), tidegate::error);
  given.topic = "t/{name}";
  make(given, http::flavour::aws_iot);
  take({1}, std::string(300, 'x'));
  EXPECT_EQ(kind(1), std::uint32_t{TIDEGATE_REJECTED});
}

}  // namespace
}  // namespace tidegate::testing
