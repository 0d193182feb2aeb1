// What a script cannot do that no case can say: go on when it is stopped, or for ever, or make more than fits
// a block.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "driver.hpp"
#include "interpreter.hpp"

namespace tidegate::testing {
namespace {

constexpr const char* endless = "tell() while true do end";

// So many instructions that it would not end for days.
lua::limits patient() {
  lua::limits made;
  made.sample_instructions = made.batch_instructions = UINT64_MAX / 4;
  return made;
}

// What is said of a script that says when it has begun.
std::string end_of(lua::interpreter& script, const char* text, std::atomic<bool>& has_begun) {
  try {
    script.protect([&](lua_State* state) {
      lua_pushlightuserdata(state, &has_begun);
      lua_pushcclosure(
          state,
          [](lua_State* own) {
            *static_cast<std::atomic<bool>*>(lua_touserdata(own, lua_upvalueindex(1))) = true;
            return 0;
          },
          1);
      lua_setglobal(state, "tell");
      luaL_loadstring(state, text);
      lua_call(state, 0, 0);
    });
  } catch (const lua::script_error& said) {
    return said.what();
  }
  return "it came to its end";
}

TEST(Lua, WhoeverStopsTheStepEndsAScriptThatRuns) {
  lua::interpreter script{patient()};
  std::atomic<bool> has_begun = false;
  std::thread other{[&] {
    while (!has_begun) std::this_thread::yield();
    script.request_stop();
  }};
  EXPECT_NE(end_of(script, endless, has_begun).find("the step is being stopped"), std::string::npos);
  other.join();
  // Nor does it begin until it may.
  script.begin_batch();
  EXPECT_NE(end_of(script, "while true do end", has_begun).find("the step is being stopped"),
            std::string::npos);
  script.begin_again();
  script.begin_batch();
  EXPECT_EQ(end_of(script, "local x = 1", has_begun), "it came to its end");
}

TEST(Lua, AScriptCannotCatchThatItIsStopped) {
  lua::interpreter script{patient()};
  std::atomic<bool> has_begun = false;
  std::thread other{[&] {
    while (!has_begun) std::this_thread::yield();
    script.request_stop();
  }};
  const auto said =
      end_of(script, "tell() while true do pcall(function() while true do end end) end", has_begun);
  EXPECT_NE(said.find("the step is being stopped"), std::string::npos) << said;
  other.join();
}

TEST(Lua, ABatchHasSoMuchProcessorTimeWhateverItsInstructions) {
  auto allowed = patient();
  allowed.batch_time = 20'000'000;
  lua::interpreter script{allowed};
  std::atomic<bool> has_begun = false;
  const auto said = end_of(script, endless, has_begun);
  EXPECT_NE(said.find("of processor time for a batch"), std::string::npos) << said;
  // The rest of the batch has none either; the next batch has.
  script.begin_sample();
  EXPECT_NE(end_of(script, "local x = 1", has_begun), "it came to its end");
  script.begin_batch();
  EXPECT_EQ(end_of(script, "local x = 1", has_begun), "it came to its end");
}

batch_builder& numbers(batch_builder& builder, std::uint64_t count) {
  const auto series = builder.series("n");
  for (std::uint64_t number = 0; number < count; ++number)
    builder.sample(series, static_cast<std::int64_t>(number)).field("sequence", number);
  return builder;
}

// 40 MB of 300 samples.
constexpr const char* inflates =
    "{plugin: lua, sample_max_instructions: 1000000, script: \"function process(s) "
    "s.fields.text = string.rep('x', 130000) return s end\"}";

struct inflated {
  std::vector<std::uint64_t> sequence;
  std::size_t batches = 0;
  std::size_t largest = 0;
  void operator()(const batch_ref& each) {
    ++batches;
    largest = std::max<std::size_t>(largest, each.view().bytes());
    for (const auto one : each.view()) sequence.push_back(one.find("sequence")->as_u64());
  }
};

std::vector<std::uint64_t> up_to(std::uint64_t count) {
  std::vector<std::uint64_t> made(count);
  for (std::uint64_t number = 0; number < count; ++number) made[number] = number;
  return made;
}

TEST(Lua, WhatIsMadeOfABatchGoesOnInSeveralBlocks) {
  driver step{inflates};
  ASSERT_TRUE(step.works());
  inflated seen;
  step.passed = std::ref(seen);
  batch_builder builder;
  EXPECT_EQ(step.process(numbers(builder, 300)), TIDEGATE_OK);
  EXPECT_EQ(seen.sequence, up_to(300));
  EXPECT_GT(seen.batches, 2u);
  EXPECT_LT(seen.largest, std::size_t{16} << 20);
}

TEST(Lua, WhatTheHostHasNoMemoryForIsSentLaterAndOnce) {
  driver step{inflates};
  ASSERT_TRUE(step.works());
  inflated seen;
  step.passed = std::ref(seen);
  step.memory_is_out = true;
  batch_builder builder;
  EXPECT_EQ(step.process(numbers(builder, 100), 3), TIDEGATE_OK);
  EXPECT_EQ(seen.sequence, up_to(100));
  EXPECT_EQ(step.failures.size(), 1u);
}

}  // namespace
}  // namespace tidegate::testing
