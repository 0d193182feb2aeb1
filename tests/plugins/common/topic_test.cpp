#include "messages/topic_rules.hpp"
#include "messages/topic_template.hpp"
#include "mqtt_support.hpp"

namespace tidegate::testing {
namespace {

using mqtt::topic_template;

const mqtt::topic_identity who{"PC-0001", "client/9"};

// The topic of one sample of this name and these tags.
std::string topic_of(const std::string& text, const std::string& name, std::vector<tag_view> tags = {}) {
  batch_builder builder;
  add_sample(builder, name, 1, tags);
  const batch made{builder};
  std::string topic;
  std::string_view missing;
  const topic_template of{text, who, "topic"};  // whose text `missing` is
  if (!of.append(topic, made.view()[0], missing)) return "(no tag " + std::string{missing} + ")";
  return topic;
}

std::string problem_of(const std::string& text) {
  try {
    topic_template{text, who, "topic"};
  } catch (const tidegate::error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_CONFIGURATION);
    return thrown.option() + ": " + thrown.what();
  }
  return "(accepted)";
}

TEST(TopicTemplate, PutsNamesTagsAndIdsInTheirPlaces) {
  EXPECT_EQ(topic_of("Ubuntu/CpuUtil", "cpu"), "Ubuntu/CpuUtil");
  EXPECT_EQ(topic_of("Ubuntu/{name}", "cpu"), "Ubuntu/cpu");
  EXPECT_EQ(topic_of("{gateway}/{tags.site}/{name}", "cpu", {{"site", "tokyo-1"}}), "PC-0001/tokyo-1/cpu");
  EXPECT_EQ(topic_of("a/{{name}}/b", "cpu"), "a/{name}/b");
}

TEST(TopicTemplate, HasATextForTagsThatAreMissing) {
  EXPECT_EQ(topic_of("x/{tags.site:-none}", "cpu"), "x/none");
  EXPECT_EQ(topic_of("x/{tags.site:-none}", "cpu", {{"site", "a"}}), "x/a");
  EXPECT_EQ(topic_of("x/{tags.site:-}/y", "cpu"), "x//y");
  EXPECT_EQ(topic_of("x/{tags.site}", "cpu"), "(no tag site)");
}

TEST(TopicTemplate, LetsNoValueLeaveItsLevel) {
  EXPECT_EQ(topic_of("x/{name}/y", "../a+b#c"), "x/.._a_b_c/y");
  EXPECT_EQ(topic_of("x/{name}", std::string{"a\0b\n\x7f", 5}), "x/a_b__");
  EXPECT_EQ(topic_of("x/{client_id}", "cpu"), "x/client_9");
  EXPECT_EQ(topic_of("{name}/x", "$aws"), "_aws/x");
  EXPECT_EQ(topic_of("x{name}", "$aws"), "x$aws");
}

TEST(TopicTemplate, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(topic_of("x/{name}", "温度"), "x/温度");
  EXPECT_EQ(topic_of("x/{name}", "a\xff\xc0\xaf"), "x/a___");
  EXPECT_EQ(topic_of("x/{name}", "\xed\xa0\x80"), "x/___");         // half of a surrogate pair
  EXPECT_EQ(topic_of("x/{name}", "\xf4\x90\x80\x80z"), "x/____z");  // beyond Unicode
  EXPECT_EQ(topic_of("x/{name}", "\xe2\x82"), "x/__");              // cut off
}

TEST(TopicTemplate, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(problem_of(""), "topic: must not be empty; name the topic to publish to");
  EXPECT_EQ(problem_of("a/{nam}"),
            "topic: '{nam}' is no placeholder; there are {name}, {gateway}, {client_id} and {tags.KEY}");
  EXPECT_EQ(problem_of("a/{tags.}"),
            "topic: '{tags.}' is no placeholder; there are {name}, {gateway}, {client_id} and {tags.KEY}");
  EXPECT_EQ(problem_of("a/{name"),
            "topic: 'a/{name' has a brace without its partner; write '{{' or '}}' for a brace");
  EXPECT_EQ(problem_of("a/+/b"),
            "topic: 'a/+/b' holds '+' or '#', which are for subscribing only; name one topic");
  EXPECT_EQ(problem_of("a\nb"), "topic: 'a\nb' holds a control character, or is not UTF-8");
}

TEST(TopicTemplate, KnowsWhatIsFixed) {
  EXPECT_EQ((topic_template{"a/{name}/b/{gateway}", who, "topic"}.fixed_part()), "a//b/PC-0001");
  EXPECT_TRUE((topic_template{"status/{gateway}", who, "topic"}.is_constant()));
  EXPECT_FALSE((topic_template{"status/{name}", who, "topic"}.is_constant()));
  EXPECT_EQ((topic_template{"x", who, "topic", "$aws/rules/R/"}.fixed_part()), "$aws/rules/R/x");
}

std::string aws_problem(const std::string& topic) {
  return mqtt::problem_of_topic(topic, mqtt::aws_iot_core).value_or("(fine)");
}

TEST(TopicRules, AreThoseOfAws) {
  EXPECT_EQ(aws_problem("a/b/c/d/e/f/g/h"), "(fine)");
  EXPECT_EQ(aws_problem("a/b/c/d/e/f/g/h/i"),
            "topic 'a/b/c/d/e/f/g/h/i' has 8 slashes, of which 7 are allowed; shorten it");
  EXPECT_EQ(aws_problem(std::string(256, 'x')), "(fine)");
  EXPECT_EQ(aws_problem(std::string(257, 'x')),
            "topic '" + std::string(64, 'x') + "...' has 257 bytes, of which 256 are allowed; shorten it");
  EXPECT_EQ(
      aws_problem("$SYS/x"),
      "topic '$SYS/x' is reserved: AWS IoT Core closes the connection of whoever publishes to it; begin it "
      "without '$', or use basic_ingest");
  EXPECT_NE(aws_problem("$aws/events/presence/connected/x"), "(fine)");
  EXPECT_NE(aws_problem("$aws/rules/"), "(fine)");
  EXPECT_EQ(aws_problem("$aws/things/PC-0001/shadow/update"), "(fine)");
}

TEST(TopicRules, DoNotCountThePrefixOfBasicIngest) {
  const auto prefix = mqtt::basic_ingest_prefix("store");
  EXPECT_EQ(prefix, "$aws/rules/store/");
  EXPECT_EQ(aws_problem(prefix + "a/b/c/d/e/f/g/h"), "(fine)");
  EXPECT_NE(aws_problem(prefix + "a/b/c/d/e/f/g/h/i"), "(fine)");
  EXPECT_EQ(aws_problem(prefix + std::string(256, 'x')), "(fine)");
  EXPECT_THROW(mqtt::basic_ingest_prefix("a/b"), tidegate::error);
  EXPECT_THROW(mqtt::basic_ingest_prefix(""), tidegate::error);
  EXPECT_EQ(aws_problem("$aws/rules/of_my_own/a/b/c/d/e/f/g/h"), "(fine)");
}

TEST(TopicRules, OfAnyBrokerAreThoseOfMqtt) {
  EXPECT_EQ(mqtt::problem_of_topic("$SYS/a/b/c/d/e/f/g/h/i/j", mqtt::any_broker), std::nullopt);
  EXPECT_EQ(mqtt::problem_of_topic("", mqtt::any_broker), "the topic is empty; begin it with a fixed text");
  EXPECT_TRUE(mqtt::problem_of_topic("a/#", mqtt::any_broker));
  EXPECT_TRUE(mqtt::problem_of_topic(std::string(65536, 'x'), mqtt::any_broker));
}

}  // namespace
}  // namespace tidegate::testing
