// JSON of one stream, whose keys are compared with those of the message before: whatever that was, a message
// means the same.
#include <gtest/gtest.h>

#include <random>

#include "decode_support.hpp"

namespace tidegate::codec {
namespace {

const option_map json{{"format", map({{"type", "json"}})}};

TEST(a_nested_value, gets_the_path_of_its_own_object) {
  EXPECT_EQ(decoded(json, "{\"kitchen\":{\"t\":21}}\n{\"garden\":{\"t\":5}}\n"),
            "test kitchen.t=21\ntest garden.t=5");
  EXPECT_EQ(decoded(json, "{\"a\":[1,2]}\n{\"b\":[3,4]}\n"), "test a.0=1 a.1=2\ntest b.0=3 b.1=4");
  EXPECT_EQ(decoded(json,
                    "{\"a\":{\"t\":1},\"b\":{\"t\":2}}\n"
                    "{\"b\":{\"t\":3},\"a\":{\"t\":4}}\n"
                    "{\"b\":{\"t\":5}}\n"),
            "test a.t=1 b.t=2\ntest b.t=3 a.t=4\ntest b.t=5");
}

TEST(a_nested_value, gets_it_also_when_something_else_came_between) {
  EXPECT_EQ(decoded(json,
                    "{\"k\":{\"a\":1,\"b\":2}}\n{\"k\":{},\"z\":1}\n{\"g\":1}\n"
                    "{\"g\":{\"a\":3,\"b\":4}}\n"),
            "test k.a=1 k.b=2\ntest z=1\ntest g=1\ntest g.a=3 g.b=4");
}

TEST(a_nested_value, is_the_tag_the_name_and_the_time_of_its_own_object_alone) {
  const option_map mapped{{"format", map({{"type", "json"},
                                          {"time", map({{"from", "a.ts"}, {"format", "epoch_s"}})},
                                          {"name", map({{"from", "a.name"}})},
                                          {"tags", map({{"id", "a.id"}})}})}};
  EXPECT_EQ(decoded(mapped,
                    "{\"a\":{\"ts\":5,\"name\":\"n\",\"id\":\"x\",\"t\":1}}\n"
                    "{\"b\":{\"ts\":6,\"name\":\"m\",\"id\":\"y\",\"t\":2}}\n"),
            "n,id=x a.t=1 @5000000000\ntest b.ts=6 b.name='m' b.id='y' b.t=2");
}

// A few names only, so that objects look alike.
class messages_at_random {
 public:
  explicit messages_at_random(unsigned seed) : random_{seed} {}

  std::string object(int depth) {
    std::string made = "{";
    for (unsigned count = below(4); count != 0; --count)
      made += std::string{made.size() == 1 ? "\"" : ",\""} + name() + "\":" + value(depth);
    return made + "}";
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  std::string name() {
    constexpr const char* names[] = {"a", "b", "c", "\\u0061", "a.b", "0"};
    return names[below(6)];
  }
  std::string array(int depth) {
    std::string made = "[";
    for (unsigned count = below(3); count != 0; --count) made += (made.size() == 1 ? "" : ",") + value(depth);
    return made + "]";
  }
  std::string value(int depth) {
    if (depth != 0 && below(3) != 0) return below(3) == 0 ? array(depth - 1) : object(depth - 1);
    return std::to_string(++number_);
  }

  std::mt19937 random_;
  int number_ = 0;
};

TEST(messages, mean_the_same_whatever_came_before_them) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    messages_at_random random{seed};
    decoding all{json};
    std::string alone;
    for (int count = 0; count < 40; ++count) {
      const auto message = random.object(3) + "\n";
      all.feed(message);
      const auto one = decoded(json, message);
      if (!one.empty()) alone += (alone.empty() ? "" : "\n") + one;
      ASSERT_EQ(all.samples(), alone) << "seed " << seed << ", after " << message;
    }
  }
}

// An array is one frame, however much is in it.
TEST(a_frame_of_many_kinds_of_objects, is_read_in_time_that_grows_with_it) {
  decoding it{{{"framing", map({{"type", "line"}, {"max_size", 16 * 1024 * 1024}})},
               {"format", map({{"type", "json"}})}}};
  std::string bytes = "[";
  constexpr int count = 200'000;
  for (int index = 0; index < count; ++index)
    bytes += (index == 0 ? "{\"a" : ",{\"a") + std::to_string(index) + "\":" + std::to_string(index) + "}";
  it.feed(bytes + "]\n");
  EXPECT_EQ(it.size(), static_cast<std::size_t>(count));
  EXPECT_TRUE(it.samples().ends_with("\ntest a199998=199998\ntest a199999=199999"));
  EXPECT_EQ(it.faults(), "");
}

}  // namespace
}  // namespace tidegate::codec
