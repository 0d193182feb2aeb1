#include "lua_processor.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "sample_table.hpp"
#include "saved_values.hpp"

namespace tidegate::lua {

namespace {

constexpr std::size_t script_bytes_max = std::size_t{1} << 20;
// What is made of a batch is sent in between, or small samples that become large ones would fill a block.
constexpr std::size_t bytes_between_sends = std::size_t{8} << 20;
constexpr std::size_t bytes_unsent_max = std::size_t{32} << 20;
constexpr std::int64_t told_again_after = 3'600'000'000'000;
constexpr std::size_t places_told_max = 16;
// The key of `process` in the registry.
constexpr int process_key = 0;

std::string content_of(const options& path) {
  const std::filesystem::path file{path.text()};
  std::error_code wrong;
  if (!std::filesystem::is_regular_file(file, wrong))
    throw configuration_error(path.path(),
                              file.string() + ": " + (wrong ? wrong.message() : "is not a file"));
  if (std::filesystem::file_size(file, wrong) > script_bytes_max)
    throw configuration_error(path.path(), file.string() + ": is larger than 1 MiB, which is no script");
  std::ifstream from{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{from}, {}};
  if (!from) throw configuration_error(path.path(), file.string() + ": cannot be read");
  return text;
}

std::string script_of(const options& given) {
  if (given.has("script") == given.has("path"))
    throw configuration_error("script", given.has("script")
                                            ? "goes without 'path'; remove one of them"
                                            : "is missing, and so is 'path'; one of them must be the script");
  return given.has("script") ? given["script"].string() : content_of(given["path"]);
}

std::string name_of(const options& given) {
  return given.has("path") ? std::filesystem::path{given["path"].text()}.filename().string() : "script";
}

limits limits_of(const options& given) {
  limits made;
  made.sample_instructions = static_cast<std::uint64_t>(given["sample_max_instructions"].integer());
  made.batch_instructions = static_cast<std::uint64_t>(given["batch_max_instructions"].integer());
  made.memory = static_cast<std::size_t>(given["memory_max_size"].integer());
  return made;
}

}  // namespace

lua_processor::lua_processor(processor_host host, const options& given)
    : host_{host},
      text_{script_of(given)},
      name_{name_of(given)},
      limits_{limits_of(given)},
      passes_errors_{given["on_error"].text() == "pass"},
      series_{series::selection{given}},
      snapshot_{host, "lua/1", given},
      out_{host},
      dropped_{
          host.counter("samples_dropped_total", "Samples that the script dropped, or on which it failed.")},
      errors_{host.counter("script_errors_total", "Samples on which the script failed.")},
      began_anew_{
          host.counter("script_began_anew_total", "How often the script filled its memory and lost it.")} {
  try {
    make_interpreter({});
  } catch (const script_error& wrong) {
    throw configuration_error(given.has("script") ? "script" : "path", wrong.what());
  }
}

// The whole script is run once, in which it defines `process`.
void lua_processor::make_interpreter(std::string_view saved) {
  auto made = std::make_unique<interpreter>(limits_);
  made->protect([&](lua_State* state) {
    load_values(state, saved);
    lua_setglobal(state, "state");
    lua_pushlightuserdata(state, &host_);
    lua_pushcclosure(
        state,
        [](lua_State* own) {
          lua_pushinteger(own,
                          static_cast<processor_host*>(lua_touserdata(own, lua_upvalueindex(1)))->now_utc());
          return 1;
        },
        1);
    lua_setglobal(state, "now");
    if (luaL_loadbufferx(state, text_.data(), text_.size(), ("=" + name_).c_str(), "t") != LUA_OK)
      lua_error(state);
    lua_call(state, 0, 0);
    if (lua_getglobal(state, "process") != LUA_TFUNCTION)
      luaL_error(state, "%s: has no function process(sample)", name_.c_str());
    lua_rawsetp(state, LUA_REGISTRYINDEX, &process_key);
  });
  const std::lock_guard lock{mutex_};
  script_ = std::move(made);
}

void lua_processor::start() {
  const auto saved = snapshot_.load();
  try {
    make_interpreter(saved);
  } catch (const script_error& wrong) {
    host_.warning(std::string{"begins without its 'state', with which the script fails: "} + wrong.what());
    make_interpreter({});
  }
}

void lua_processor::request_stop() noexcept {
  const std::lock_guard lock{mutex_};
  script_->request_stop();
}

void lua_processor::stop() {
  std::string saved;
  try {
    script_->begin_again();
    script_->begin_batch();
    script_->protect([&](lua_State* state) {
      if (lua_getglobal(state, "state") == LUA_TTABLE && (lua_pushnil(state), lua_next(state, 1) != 0)) {
        lua_settop(state, 1);
        save_values(state, 1, series::snapshot::bytes_max, saved);
      }
    });
  } catch (const script_error& wrong) {
    host_.warning(std::string{"its 'state' is not kept: "} + wrong.what());
    return;
  }
  if (!saved.empty()) snapshot_.save(saved);
}

bool lua_processor::process(batch_view batch) {
  if (out_.resumes()) return false;
  series_.begin(batch);
  sieve_.begin(batch);
  script_->begin_batch();
  dropped_in_batch_ = 0;
  for (const auto sample : batch) series_.holds(sample) ? offer(sample) : sieve_.keep();
  dropped_.add(dropped_in_batch_);
  bytes_made_ = 0;
  return sieve_.send();
}

void lua_processor::offer(const sample_view& sample) {
  try {
    if (script_->batch_is_over()) throw script_error{script_->why_batch_is_over()};
    script_->begin_sample();
    run(sample);
  } catch (const script_error& wrong) {
    if (script_->is_stopping()) throw temporary("the step is being stopped");
    failed(wrong.what());
    if (script_->ran_out_of_memory()) make_room();
  }
}

void lua_processor::run(const sample_view& sample) {
  script_->protect([&](lua_State* state) {
    push_sample(state, sample);
    lua_rawgetp(state, LUA_REGISTRYINDEX, &process_key);
    lua_pushvalue(state, 1);
    lua_call(state, 1, 1);
    if (lua_rawequal(state, 1, 2) != 0 && is_unchanged(state, 1, sample)) return sieve_.keep();
    result_.read(state, 2, sample);
    if (result_.empty()) {
      ++dropped_in_batch_;
      return sieve_.drop();
    }
    if (bytes_made_ > bytes_unsent_max)
      luaL_error(state, "%s: the host has no memory for what it makes", name_.c_str());
    sieve_.replace();
    result_.put(out_);
    bytes_made_ += result_.bytes();
  });
  out_.send_much();
  if (bytes_made_ > bytes_between_sends && out_.send_if_possible()) bytes_made_ = 0;
}

// A sample that was not processed must not pass for one that was, unless somebody asks for it.
void lua_processor::failed(const std::string& why) {
  ++errors_in_all_;
  errors_.add();
  tell(why + (passes_errors_ ? "; the sample passes as it is" : "; the sample is dropped"));
  if (passes_errors_) return sieve_.keep();
  ++dropped_in_batch_;
  sieve_.drop();
}

// Each line of the script once, and again after an hour.
void lua_processor::tell(const std::string& why) {
  const auto place = why.substr(0, why.find(": "));
  const auto now = host_.now_monotonic();
  const auto known =
      std::find_if(told_.begin(), told_.end(), [&](const told& each) { return each.place == place; });
  if (known != told_.end()) {
    if (now - known->at < told_again_after) return;
    known->at = now;
  } else {
    if (told_.size() == places_told_max) return;
    told_.push_back({place, now});
  }
  host_.warning(why +
                (errors_in_all_ > 1 ? " (failures so far: " + std::to_string(errors_in_all_) + ")" : ""));
}

// What a sample took may be given back; what the script keeps for ever would let every later one fail.
void lua_processor::make_room() {
  script_->collect_garbage();
  if (script_->memory_used() < limits_.memory / 2) return;
  host_.warning("the script begins anew without what it remembered, which filled its memory");
  began_anew_.add();
  try {
    make_interpreter({});
    script_->begin_batch();
  } catch (const script_error& wrong) {
    tell(wrong.what());
  }
}

}  // namespace tidegate::lua
