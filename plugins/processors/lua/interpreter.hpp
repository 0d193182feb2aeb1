// A Lua state in which a script can compute, and nothing else: no files, no processes, no code that is loaded
// later, so much memory, so many instructions.
//
// What is counted is instructions of Lua; functions written in C, which could work for long within one, count
// as what they do (charge()), and so does memory that is asked for. When the count is over, every further
// instruction fails, so that a script cannot catch its way out of it. Beyond that a batch may take ten
// seconds of processor time, whatever it does, and whoever stops the step ends it at once.
//
// One thread at a time, except request_stop().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <lua.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tidegate::lua {

struct limits {
  std::uint64_t sample_instructions = 100'000;
  std::uint64_t batch_instructions = 100'000'000;
  std::size_t memory = std::size_t{8} << 20;
  std::int64_t batch_time = 10'000'000'000;  // of the processor, in nanoseconds
};

// "script:7: attempt to index a nil value (local 'x')".
struct script_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class interpreter {
 public:
  // Throws script_error if the memory is not enough to begin with.
  explicit interpreter(const limits& allowed);
  ~interpreter();
  interpreter(const interpreter&) = delete;
  interpreter& operator=(const interpreter&) = delete;

  // Calls call(lua_State*) where Lua may fail, with an empty stack; what is on it afterwards is gone. Throws
  // script_error, or what the call throws.
  template <class Call>
  void protect(Call call) {
    frame<Call> around{&call, nullptr};
    run(&frame<Call>::enter, &around);
    if (around.failed) std::rethrow_exception(around.failed);
  }

  // New budgets. A batch's is for all its samples.
  void begin_batch() noexcept;
  void begin_sample() noexcept;
  bool batch_is_over() const noexcept { return spent_ == spent::batch; }
  std::string why_batch_is_over() const { return text_of(spent_); }

  // Within protect(): something that takes as long as so many instructions is about to be done.
  static void charge(lua_State* state, std::uint64_t instructions);

  std::size_t memory_used() const noexcept { return used_bytes_; }
  std::size_t memory_max() const noexcept { return allowed_.memory; }
  static interpreter& of(lua_State* state) noexcept {
    return **static_cast<interpreter**>(lua_getextraspace(state));
  }
  // Whether a call failed since begin_sample() because there was no more memory.
  bool ran_out_of_memory() const noexcept { return out_of_memory_; }
  void collect_garbage();

  // [any thread] Ends the script soon; until begin_again() every call fails.
  void request_stop() noexcept { stopping_.store(true, std::memory_order_relaxed); }
  void begin_again() noexcept { stopping_.store(false, std::memory_order_relaxed); }
  bool is_stopping() const noexcept { return stopping_.load(std::memory_order_relaxed); }

 private:
  enum class spent { nothing, sample, batch, time, stop };

  template <class Call>
  struct frame {
    Call* call;
    std::exception_ptr failed;
    static int enter(lua_State* state) {
      auto& self = *static_cast<frame*>(lua_touserdata(state, 1));
      lua_settop(state, 0);
      // Lua's own errors are no std::exception, and pass.
      try {
        (*self.call)(state);
      } catch (const std::exception&) {
        self.failed = std::current_exception();
      }
      return 0;
    }
  };
  void run(lua_CFunction function, void* around);
  static void* allocate(void* self, void* old, std::size_t old_bytes, std::size_t new_bytes);
  static void look(lua_State* state, lua_Debug*);
  void add(std::uint64_t instructions) noexcept;
  spent what_is_spent() noexcept;
  std::string text_of(spent what) const;
  std::string message(int status);
  void fail(lua_State* state, int level) const;

  const limits allowed_;
  lua_State* state_ = nullptr;
  std::size_t used_bytes_ = 0;
  std::uint64_t instructions_ = 0;  // since the batch began
  std::uint64_t sample_began_at_ = 0;
  std::uint64_t looks_ = 0;
  std::int64_t time_until_ = 0;  // processor time of the thread
  spent spent_ = spent::nothing;
  bool out_of_memory_ = false;
  std::string out_of_memory_at_;
  bool is_running_ = false;
  std::atomic<bool> stopping_{false};
};

}  // namespace tidegate::lua
