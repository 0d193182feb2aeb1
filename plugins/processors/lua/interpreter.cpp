#include "interpreter.hpp"

#include <time.h>

#include <cstdlib>

#include "library.hpp"

namespace tidegate::lua {

namespace {

// How many instructions lie between two looks at the limits.
constexpr int look_every = 100;
// Processor time is asked for more rarely: that is a call of the kernel.
constexpr std::uint64_t looks_between_clocks = 16;
// Smaller pieces of memory cost no more than the instructions that ask for them.
constexpr std::size_t bytes_counted = 1024;
constexpr std::size_t bytes_an_instruction = 16;
// Of what a script says with error(), which goes to the log.
constexpr std::size_t message_bytes_max = 400;

std::int64_t processor_time() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

interpreter::interpreter(const limits& allowed) : allowed_{allowed} {
  state_ = lua_newstate(&allocate, this);
  if (state_ == nullptr) throw script_error{"there is no memory for a script"};
  *static_cast<interpreter**>(lua_getextraspace(state_)) = this;
  begin_batch();
  try {
    protect([](lua_State* state) { open_library(state); });
  } catch (...) {
    lua_close(state_);
    throw;
  }
}

interpreter::~interpreter() { lua_close(state_); }

void interpreter::begin_batch() noexcept {
  instructions_ = 0;
  spent_ = spent::nothing;
  time_until_ = processor_time() + allowed_.batch_time;
  begin_sample();
}

void interpreter::begin_sample() noexcept {
  sample_began_at_ = instructions_;
  if (spent_ == spent::sample) spent_ = spent::nothing;
  out_of_memory_ = false;
  if (spent_ == spent::nothing) lua_sethook(state_, &look, LUA_MASKCOUNT, look_every);
}

void interpreter::run(lua_CFunction function, void* around) {
  lua_settop(state_, 0);
  lua_pushcfunction(state_, function);
  lua_pushlightuserdata(state_, around);
  is_running_ = true;
  const int status = lua_pcall(state_, 1, 0, 0);
  is_running_ = false;
  if (status == LUA_OK) return;
  auto text = message(status);
  lua_settop(state_, 0);
  throw script_error{text};
}

std::string interpreter::message(int status) {
  if (status == LUA_ERRMEM) {
    out_of_memory_ = true;
    return out_of_memory_at_ + "there is no memory left: the script may have " +
           std::to_string(allowed_.memory / 1024) + " KiB (memory_max_size)";
  }
  // A number would be converted in place, which takes memory.
  if (lua_type(state_, -1) == LUA_TSTRING)
    return std::string{lua_tostring(state_, -1)}.substr(0, message_bytes_max);
  return std::string{"the script called error() with a "} + luaL_typename(state_, -1) +
         ", which is not a text";
}

void interpreter::add(std::uint64_t instructions) noexcept {
  instructions_ += instructions;
  if (spent_ != spent::nothing) return;
  spent_ = what_is_spent();
  // From here on at every instruction.
  if (spent_ != spent::nothing) lua_sethook(state_, &look, LUA_MASKCOUNT, 1);
}

interpreter::spent interpreter::what_is_spent() noexcept {
  if (is_stopping()) return spent::stop;
  if (instructions_ > allowed_.batch_instructions) return spent::batch;
  if (instructions_ - sample_began_at_ > allowed_.sample_instructions) return spent::sample;
  if (++looks_ % looks_between_clocks == 0 && processor_time() > time_until_) return spent::time;
  return spent::nothing;
}

std::string interpreter::text_of(spent what) const {
  switch (what) {
    case spent::sample:
      return "takes more than " + std::to_string(allowed_.sample_instructions) +
             " instructions for a sample (sample_max_instructions); is there a loop without an end?";
    case spent::batch:
      return "takes more than " + std::to_string(allowed_.batch_instructions) +
             " instructions for a batch (batch_max_instructions)";
    case spent::time:
      return "takes more than " + std::to_string(allowed_.batch_time / 1'000'000'000) +
             " s of processor time for a batch";
    default:
      return "the step is being stopped";
  }
}

void interpreter::look(lua_State* state, lua_Debug*) {
  auto& self = of(state);
  self.add(look_every);
  if (self.spent_ != spent::nothing) self.fail(state, 0);
}

void interpreter::charge(lua_State* state, std::uint64_t instructions) {
  auto& self = of(state);
  const auto left = self.sample_began_at_ + self.allowed_.sample_instructions - self.instructions_;
  if (instructions > self.allowed_.sample_instructions || instructions > left) {
    // It is not done, and so takes nothing from the rest of the batch.
    if (self.spent_ == spent::nothing) self.spent_ = spent::sample;
    lua_sethook(state, &look, LUA_MASKCOUNT, 1);
  } else {
    self.add(instructions);
  }
  if (self.spent_ != spent::nothing) self.fail(state, 1);
}

// The level of the function of the script: a hook is called within it, a function in C by it.
void interpreter::fail(lua_State* state, int level) const {
  luaL_where(state, level);
  lua_pushstring(state, text_of(spent_).c_str());
  lua_concat(state, 2);
  lua_error(state);
}

// Lua collects garbage and asks again before it gives up.
void* interpreter::allocate(void* self, void* old, std::size_t old_bytes, std::size_t new_bytes) {
  auto& of = *static_cast<interpreter*>(self);
  const std::size_t had = old == nullptr ? 0 : old_bytes;  // of a new piece it is the kind of object
  if (new_bytes == 0) {
    std::free(old);
    of.used_bytes_ -= had;
    return nullptr;
  }
  const bool fits = new_bytes <= had || new_bytes - had <= of.allowed_.memory - of.used_bytes_;
  void* made = fits ? std::realloc(old, new_bytes) : nullptr;
  if (made != nullptr) {
    of.used_bytes_ += new_bytes - had;
    if (of.is_running_ && new_bytes >= bytes_counted) of.add(new_bytes / bytes_an_instruction);
    return made;
  }
  of.out_of_memory_at_.clear();
  lua_Debug at{};
  for (int level = 0; of.is_running_ && lua_getstack(of.state_, level, &at) != 0; ++level) {
    lua_getinfo(of.state_, "Sl", &at);
    if (at.currentline <= 0) continue;
    of.out_of_memory_at_ = std::string{at.short_src} + ":" + std::to_string(at.currentline) + ": ";
    break;
  }
  return nullptr;
}

void interpreter::collect_garbage() {
  protect([](lua_State* state) { lua_gc(state, LUA_GCCOLLECT); });
}

}  // namespace tidegate::lua
