// A host for the unit tests of plugins: it takes what a component submits, answers, logs and counts, and
// lets the test look at it. Needs nothing but the standard library; any test framework will do.
//
//   tidegate::testing::host host;
//   host.set_utc(1'600'000'000'000'000'000);
//   thermometer component{host.source(), tidegate::testing::options_of({{"device", "/dev/null"}})};
//   component.poll();
//   EXPECT_EQ(host.samples().at(0).number("temperature"), 21.5);
//
// Options are given as the plugin will see them: defaults of the schema are not filled in here, durations
// are nanoseconds (std::chrono works too) and sizes bytes. Helpers throw std::logic_error with a text where
// the test asks for what is not there.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tidegate/abi.h"
#include "tidegate/batch.hpp"
#include "tidegate/batch_builder.hpp"
#include "tidegate/batch_validate.hpp"
#include "tidegate/host.hpp"
#include "tidegate/options.hpp"

namespace tidegate::testing {

// ---- Options ------------------------------------------------------------------------------------

struct option_entry;

// One option: nullptr, bool, integer, floating point, text, duration, list({...}) or map({...}).
class option_value {
 public:
  option_value(std::nullptr_t) {}
  template <std::same_as<bool> Boolean>
  option_value(Boolean value) : type_{TIDEGATE_TYPE_BOOL}, integer_{value ? 1 : 0} {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) option_value(Integer value)
      : type_{TIDEGATE_TYPE_I64}, integer_{static_cast<std::int64_t>(value)} {}
  option_value(double value) : type_{TIDEGATE_TYPE_F64}, number_{value} {}
  option_value(const char* value) : type_{TIDEGATE_TYPE_STRING}, text_{value} {}
  option_value(std::string_view value) : type_{TIDEGATE_TYPE_STRING}, text_{value} {}
  option_value(std::string value) : type_{TIDEGATE_TYPE_STRING}, text_{std::move(value)} {}
  template <class Rep, class Period>
  option_value(std::chrono::duration<Rep, Period> value)
      : option_value{static_cast<std::int64_t>(std::chrono::nanoseconds{value}.count())} {}

 private:
  friend option_value list(std::vector<option_value> items);
  friend option_value map(std::initializer_list<option_entry> entries);
  friend class option_map;

  std::uint32_t type_ = TIDEGATE_TYPE_NULL;
  std::int64_t integer_ = 0;
  double number_ = 0;
  std::string text_;
  std::vector<std::string> keys_;    // of a map
  std::vector<option_value> items_;  // of a list or a map
};

struct option_entry {
  std::string key;
  option_value value;
};

inline option_value list(std::vector<option_value> items) {
  option_value made{nullptr};
  made.type_ = TIDEGATE_TYPE_LIST;
  made.items_ = std::move(items);
  return made;
}
inline option_value list(std::initializer_list<option_value> items) {
  return list(std::vector<option_value>{items});
}
inline option_value map(std::initializer_list<option_entry> entries) {
  option_value made{nullptr};
  made.type_ = TIDEGATE_TYPE_MAP;
  for (const auto& entry : entries) {
    made.keys_.push_back(entry.key);
    made.items_.push_back(entry.value);
  }
  return made;
}

// A tree of options and its memory. Movable; what options() gave is valid as long as it lives.
class option_map {
 public:
  option_map(std::initializer_list<option_entry> entries)
      : content_{std::make_unique<const option_value>(map(entries))},
        root_{std::make_unique<const tidegate_value>(build(*content_))} {}

  const tidegate_value& raw() const noexcept { return *root_; }
  tidegate::options options() const { return tidegate::options{*root_}; }
  operator tidegate::options() const { return options(); }

 private:
  tidegate_value build(const option_value& from) {
    tidegate_value made{};
    made.type = from.type_;
    switch (from.type_) {
      case TIDEGATE_TYPE_BOOL:
        made.as.boolean = static_cast<std::uint32_t>(from.integer_);
        break;
      case TIDEGATE_TYPE_I64:
        made.as.i64 = from.integer_;
        break;
      case TIDEGATE_TYPE_F64:
        made.as.f64 = from.number_;
        break;
      case TIDEGATE_TYPE_STRING:
        made.as.text = text(from.text_);
        break;
      case TIDEGATE_TYPE_LIST:
        made.as.items = build_list(from.items_, made.count);
        break;
      case TIDEGATE_TYPE_MAP:
        made.as.entries = build_map(from, made.count);
        break;
      default:
        break;
    }
    return made;
  }
  const tidegate_value* build_list(const std::vector<option_value>& from, std::uint32_t& count) {
    auto items = std::make_unique<tidegate_value[]>(from.size());
    for (const auto& each : from) items[count++] = build(each);
    return lists_.emplace_back(std::move(items)).get();
  }
  const tidegate_entry* build_map(const option_value& from, std::uint32_t& count) {
    auto entries = std::make_unique<tidegate_entry[]>(from.items_.size());
    for (const auto& key : from.keys_) {
      entries[count] = {text(key), build(from.items_[count])};
      ++count;
    }
    return maps_.emplace_back(std::move(entries)).get();
  }

  std::vector<std::unique_ptr<tidegate_value[]>> lists_;
  std::vector<std::unique_ptr<tidegate_entry[]>> maps_;
  std::unique_ptr<const option_value> content_;
  std::unique_ptr<const tidegate_value> root_;
};

// options_of({{"path", "x"}, {"limit", 5}, {"on", true}, {"columns", list({"a", "b"})}})
inline option_map options_of(std::initializer_list<option_entry> entries) { return option_map{entries}; }

// ---- Batches ------------------------------------------------------------------------------------

// A sample, copied out of its batch to be easily looked at.
struct sample {
  using value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;
  struct field {
    std::string name;
    tidegate::type type;
    testing::sample::value value;
  };

  std::string name;
  std::map<std::string, std::string> tags;
  std::int64_t time = 0;
  std::vector<field> fields;  // in the order of the batch

  bool has(std::string_view field_name) const { return find(field_name) != nullptr; }
  const field& at(std::string_view field_name) const {
    if (const auto* found = find(field_name)) return *found;
    std::string known;
    for (const auto& each : fields) known += (known.empty() ? "" : ", ") + each.name;
    throw std::logic_error{"sample '" + name + "' has no field '" + std::string{field_name} +
                           "', but: " + known};
  }
  // A number of any type, also a boolean.
  double number(std::string_view field_name) const {
    return std::visit(
        [&](const auto& held) -> double {
          if constexpr (std::is_arithmetic_v<std::decay_t<decltype(held)>>)
            return static_cast<double>(held);
          else
            throw std::logic_error{"field '" + std::string{field_name} + "' is text: " + held};
        },
        at(field_name).value);
  }
  // A string or bytes.
  const std::string& text(std::string_view field_name) const {
    if (const auto* held = std::get_if<std::string>(&at(field_name).value)) return *held;
    throw std::logic_error{"field '" + std::string{field_name} + "' is no text"};
  }

 private:
  const field* find(std::string_view field_name) const {
    for (const auto& each : fields)
      if (each.name == field_name) return &each;
    return nullptr;
  }
};

inline double number(const sample& of, std::string_view field) { return of.number(field); }
inline const std::string& text(const sample& of, std::string_view field) { return of.text(field); }

inline sample copy_of(const sample_view& from) {
  sample made;
  made.name = from.name();
  for (const auto tag : from.series().tags()) made.tags.emplace(tag.key, tag.value);
  made.time = from.time();
  for (const auto field : from) {
    const auto held = [&]() -> sample::value {
      switch (field.value.type()) {
        case type::boolean:
          return field.value.as_boolean();
        case type::i64:
          return field.value.as_i64();
        case type::u64:
          return field.value.as_u64();
        case type::f64:
          return field.value.as_f64();
        default:
          return std::string{field.value.as_text()};
      }
    }();
    made.fields.push_back({std::string{field.name}, field.value.type(), held});
  }
  return made;
}

// A block with its memory. A value; copies share the bytes.
class batch {
 public:
  explicit batch(const batch_builder& from) : batch{from.bytes()} { from.write_to(words_.get()); }
  batch(const void* block, std::uint32_t bytes) : batch{bytes} { std::memcpy(words_.get(), block, bytes); }

  batch_view view() const noexcept { return batch_view{words_.get()}; }
  operator batch_view() const noexcept { return view(); }
  // All of it, as a processor's `process` is given it.
  tidegate_slice slice() const noexcept { return {words_.get(), 0, view().size()}; }
  std::vector<sample> samples() const {
    std::vector<sample> all;
    for (const auto each : view()) all.push_back(copy_of(each));
    return all;
  }

 private:
  explicit batch(std::uint32_t bytes) : words_{new std::uint64_t[(bytes + 7) / 8]} {}
  std::shared_ptr<std::uint64_t[]> words_;
};

// What a sink is asked to deliver; keep it until it is answered.
class delivery {
 public:
  explicit delivery(std::uint64_t token = 1, std::uint32_t attempt = 1) {
    raw_.size = sizeof raw_;
    raw_.token = token;
    raw_.attempt = attempt;
  }
  explicit delivery(const batch_builder& samples, std::uint64_t token = 1, std::uint32_t attempt = 1)
      : delivery{token, attempt} {
    add(samples);
  }
  delivery(const delivery&) = delete;
  delivery& operator=(const delivery&) = delete;

  // One more slice: all samples of the builder, or `count` of them from `first` on.
  delivery& add(const batch_builder& samples) { return add(samples, 0, samples.size()); }
  delivery& add(const batch_builder& samples, std::uint32_t first, std::uint32_t count) {
    const auto& block = batches_.emplace_back(samples);
    slices_.push_back({block.view().data(), first, count});
    raw_.slices = slices_.data();
    raw_.slice_count = static_cast<std::uint32_t>(slices_.size());
    raw_.sample_count += count;
    return *this;
  }

  const tidegate_delivery& raw() const noexcept { return raw_; }

 private:
  std::vector<batch> batches_;
  std::vector<tidegate_slice> slices_;
  tidegate_delivery raw_{};
};

// ---- The host -----------------------------------------------------------------------------------

// A sink's answer.
struct completion {
  std::uint64_t token = 0;
  std::uint32_t kind = TIDEGATE_DELIVERED;
  std::string reason;
  std::vector<std::uint32_t> rejected;
  std::chrono::nanoseconds retry_after{0};
};

struct log_line {
  std::uint32_t level = TIDEGATE_LOG_INFO;
  std::string text;
};

// Outlives the components that are made with it. All members may be used from any thread.
class host {
 public:
  explicit host(std::string instance_name = "test") : name_{std::move(instance_name)} {
    raw_.size = sizeof raw_;
    raw_.abi_major = TIDEGATE_ABI_MAJOR;
    raw_.abi_minor = TIDEGATE_ABI_MINOR;
    raw_.context = this;
    raw_.instance_name = tidegate::text(name_);
    raw_.log = [](const tidegate_host* raw, std::uint32_t level, tidegate_text line) {
      of(raw).take_log(level, line);
    };
    raw_.log_level = [](const tidegate_host* raw) { return of(raw).log_level_.load(); };
    raw_.now_utc = [](const tidegate_host* raw) { return of(raw).utc_.load(); };
    raw_.now_monotonic = [](const tidegate_host* raw) { return of(raw).monotonic_.load(); };
    raw_.batch_allocate = [](const tidegate_host* raw, std::uint32_t bytes) {
      return of(raw).allocate(bytes);
    };
    raw_.batch_discard = [](const tidegate_host* raw, void* at) { of(raw).take_back(at); };
    raw_.batch_submit = [](const tidegate_host* raw, void* at) { return of(raw).submit(at); };
    raw_.complete = [](const tidegate_host* raw, std::uint64_t token, const tidegate_outcome* outcome) {
      of(raw).take_completion(token, *outcome);
    };
    raw_.set_timer = [](const tidegate_host* raw, std::int64_t delay) { of(raw).take_timer(delay); };
    raw_.extension = [](const tidegate_host* raw, tidegate_text name) {
      return of(raw).find_extension(view(name));
    };
    set_extension(TIDEGATE_FLOW, &flow_table());
    set_extension(TIDEGATE_METRICS, &metrics_table());
    set_extension(TIDEGATE_STATE, &state_table());
  }
  host(const host&) = delete;
  host& operator=(const host&) = delete;

  // What a component is created with.
  const tidegate_host* raw() const noexcept { return &raw_; }
  source_host source() const noexcept { return source_host{&raw_}; }
  processor_host processor() const noexcept { return processor_host{&raw_}; }
  sink_host sink() const noexcept { return sink_host{&raw_}; }
  // A delivery to hand to a sink's write(). The answer is found in completions().
  tidegate::delivery offer(const testing::delivery& what) {
    locked([&] { answered_.erase(what.raw().token); });
    return tidegate::delivery{&raw_, what.raw()};
  }

  // Time stands still but for these. advance() moves both clocks.
  void set_utc(std::int64_t nanoseconds) noexcept { utc_ = nanoseconds; }
  void advance(std::chrono::nanoseconds by) noexcept {
    utc_ += by.count();
    monotonic_ += by.count();
  }

  // What was submitted, in order.
  std::vector<batch> batches() const {
    return locked([&] { return batches_; });
  }
  std::vector<sample> samples() const {
    std::vector<sample> all;
    for (const auto& each : batches())
      for (auto& one : each.samples()) all.push_back(std::move(one));
    return all;
  }
  void clear_batches() {
    locked([&] { batches_.clear(); });
  }
  // What submits say from now on; other than TIDEGATE_OK it takes nothing.
  void answer_submits_with(tidegate_status status) noexcept { submit_status_ = status; }
  // Whether batch_allocate gives memory.
  void set_out_of_memory(bool out) noexcept { out_of_memory_ = out; }
  // Blocks allocated and neither submitted nor discarded.
  std::size_t blocks_held() const {
    return locked([&] { return blocks_.size(); });
  }
  // What the component did that no component may do: blocks that are not valid, given back twice, ...
  std::vector<std::string> violations() const {
    return locked([&] { return violations_; });
  }

  // The marks of a replayable source that are submitted completely and not acknowledged, in that order.
  std::vector<std::uint64_t> unacknowledged() const {
    return locked([&] { return unacknowledged_; });
  }
  // Tells the component that what it has submitted is safe: all of it, or one mark.
  template <class Source>
  void acknowledge(Source& component) {
    const auto marks = locked([&] { return std::exchange(unacknowledged_, {}); });
    for (const auto mark : marks) component.acknowledge(mark);
  }
  template <class Source>
  void acknowledge(Source& component, std::uint64_t mark) {
    locked([&] {
      const auto found = std::find(unacknowledged_.begin(), unacknowledged_.end(), mark);
      if (found == unacknowledged_.end())
        throw std::logic_error{"mark " + std::to_string(mark) + " does not wait to be acknowledged"};
      unacknowledged_.erase(found);
    });
    component.acknowledge(mark);
  }
  // What source_host::credit() says.
  void set_credit(std::uint64_t bytes) noexcept { credit_ = bytes; }

  std::vector<completion> completions() const {
    return locked([&] { return completions_; });
  }
  void clear_completions() {
    locked([&] { completions_.clear(); });
  }

  // For components with threads of their own: whether there were so many within the time.
  bool wait_for_batches(std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds{10}) const {
    return wait(limit, [&] { return batches_.size() >= count; });
  }
  bool wait_for_completions(std::size_t count,
                            std::chrono::milliseconds limit = std::chrono::seconds{10}) const {
    return wait(limit, [&] { return completions_.size() >= count; });
  }

  std::vector<log_line> log_lines() const {
    return locked([&] { return log_; });
  }
  void set_log_level(std::uint32_t level) noexcept { log_level_ = level; }

  // The delay of the timer that is set, if one is, and all that were asked for.
  std::optional<std::chrono::nanoseconds> timer() const {
    return locked([&]() -> std::optional<std::chrono::nanoseconds> {
      if (timers_.empty() || timers_.back().count() < 0) return std::nullopt;
      return timers_.back();
    });
  }
  std::vector<std::chrono::nanoseconds> timer_requests() const {
    return locked([&] { return timers_; });
  }

  // The value of a metric that the component made.
  bool has_metric(const std::string& name) const {
    return locked([&] { return metrics_.contains(name); });
  }
  double metric(const std::string& name) const {
    return locked([&] {
      const auto found = metrics_.find(name);
      if (found == metrics_.end()) throw std::logic_error{"there is no metric '" + name + "'"};
      return found->second->value.load();
    });
  }

  std::optional<std::string> state(const std::string& key) const {
    return locked([&]() -> std::optional<std::string> {
      const auto found = state_.find(key);
      if (found == state_.end()) return std::nullopt;
      return found->second;
    });
  }
  void set_state(const std::string& key, std::string value) {
    locked([&] { state_[key] = std::move(value); });
  }
  // Makes loads and stores fail temporarily with this text; empty ends it.
  void fail_state(std::string problem) {
    locked([&] { state_problem_ = std::move(problem); });
  }

  // Null takes the extension away: a host that does not have it. The table outlives the host.
  void set_extension(const std::string& name, const void* table) {
    locked([&] { extensions_[name] = table; });
  }
  // There are no encodings and formats until these are called: they belong to the real host.
  void set_encode(const tidegate_encode* table) { set_extension(TIDEGATE_ENCODE, table); }
  void set_decode(const tidegate_decode* table) { set_extension(TIDEGATE_DECODE, table); }

 private:
  struct metric_slot {
    std::uint32_t kind;
    std::atomic<double> value{0};
  };
  struct block {
    std::unique_ptr<std::uint64_t[]> words;
    std::uint32_t bytes;
  };

  static host& of(const tidegate_host* raw) noexcept { return *static_cast<host*>(raw->context); }

  template <class Call>
  std::invoke_result_t<Call> locked(Call call) const {
    const std::lock_guard lock{mutex_};
    return call();
  }
  template <class Condition>
  bool wait(std::chrono::milliseconds limit, Condition condition) const {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, limit, condition);
  }

  void take_log(std::uint32_t level, tidegate_text line) {
    if (level < log_level_) return;
    locked([&] { log_.push_back({level, std::string{view(line)}}); });
  }
  void* allocate(std::uint32_t bytes) {
    if (out_of_memory_) return nullptr;
    block made{std::make_unique<std::uint64_t[]>((bytes + 7) / 8), bytes};
    void* at = made.words.get();
    locked([&] { blocks_.emplace(at, std::move(made)); });
    return at;
  }
  std::optional<block> take_back(void* at) {
    const std::lock_guard lock{mutex_};
    const auto found = blocks_.find(at);
    if (found == blocks_.end()) {
      violations_.push_back("a block was given back that is not held: twice, or never allocated");
      return std::nullopt;
    }
    auto taken = std::move(found->second);
    blocks_.erase(found);
    return taken;
  }
  tidegate_status submit(void* at) {
    const auto taken = take_back(at);
    if (!taken) return TIDEGATE_ERROR_BUG;
    if (const char* wrong = validate(taken->words.get(), taken->bytes)) {
      locked([&] { violations_.push_back(std::string{"a block was submitted that "} + wrong); });
      return TIDEGATE_ERROR_BUG;
    }
    const tidegate_status status = submit_status_;
    if (status != TIDEGATE_OK) return status;
    locked([&] { batches_.emplace_back(taken->words.get(), taken->bytes); });
    changed_.notify_all();
    return TIDEGATE_OK;
  }
  tidegate_status submit_marked(void* at, std::uint64_t mark, std::uint32_t flags) {
    if (flags > TIDEGATE_MARK_CONTINUES) {
      locked([&] { violations_.push_back("a block was submitted with unknown flags"); });
      if (at != nullptr) take_back(at);
      return TIDEGATE_ERROR_BUG;
    }
    const auto status = at == nullptr ? submit_status_.load() : submit(at);
    if (status == TIDEGATE_OK && flags == 0) locked([&] { unacknowledged_.push_back(mark); });
    return status;
  }
  void take_completion(std::uint64_t token, const tidegate_outcome& outcome) {
    completion made{token,
                    outcome.kind,
                    std::string{view(outcome.reason)},
                    {},
                    std::chrono::nanoseconds{outcome.retry_after}};
    made.rejected.assign(outcome.rejected, outcome.rejected + outcome.rejected_count);
    locked([&] {
      if (!answered_.insert(token).second)
        violations_.push_back("token " + std::to_string(token) + " was answered twice");
      completions_.push_back(std::move(made));
    });
    changed_.notify_all();
  }
  void take_timer(std::int64_t delay) {
    locked([&] { timers_.emplace_back(delay); });
    changed_.notify_all();
  }
  const void* find_extension(std::string_view name) const {
    return locked([&]() -> const void* {
      const auto found = extensions_.find(std::string{name});
      return found == extensions_.end() ? nullptr : found->second;
    });
  }

  static const tidegate_flow& flow_table() {
    static const tidegate_flow table{
        sizeof(tidegate_flow), 0,
        [](const tidegate_host* raw, void* at, std::uint64_t mark, std::uint32_t flags) {
          return of(raw).submit_marked(at, mark, flags);
        },
        [](const tidegate_host* raw) { return of(raw).credit_.load(); }};
    return table;
  }
  void* make_metric(std::uint32_t kind, std::string_view name) {
    const std::lock_guard lock{mutex_};
    auto& slot = metrics_[std::string{name}];
    if (slot == nullptr) {
      slot = std::make_unique<metric_slot>();
      slot->kind = kind;
    }
    return slot->kind == kind ? slot.get() : nullptr;
  }
  static const tidegate_metrics& metrics_table() {
    static const tidegate_metrics table{
        sizeof(tidegate_metrics), 0,
        [](const tidegate_host* raw, std::uint32_t kind, tidegate_text name, tidegate_text) {
          return of(raw).make_metric(kind, view(name));
        },
        [](void* metric, double amount) { static_cast<metric_slot*>(metric)->value.fetch_add(amount); },
        [](void* metric, double value) { static_cast<metric_slot*>(metric)->value.store(value); }};
    return table;
  }

  tidegate_status state_failure(tidegate_error* error) const {
    if (state_problem_.empty()) return TIDEGATE_OK;
    const auto length = std::min(state_problem_.size(), sizeof error->text - 1);
    std::memcpy(error->text, state_problem_.data(), length);
    error->text[length] = '\0';
    return TIDEGATE_ERROR_TEMPORARY;
  }
  static const tidegate_state& state_table() {
    static const tidegate_state table{
        sizeof(tidegate_state), 0,
        [](const tidegate_host* raw, tidegate_text key, void* buffer, std::uint32_t capacity,
           std::uint32_t* length, tidegate_error* error) {
          auto& self = of(raw);
          const std::lock_guard lock{self.mutex_};
          const auto found = self.state_.find(std::string{view(key)});
          *length = found == self.state_.end() ? 0 : static_cast<std::uint32_t>(found->second.size());
          if (*length != 0) std::memcpy(buffer, found->second.data(), std::min(capacity, *length));
          return self.state_failure(error);
        },
        [](const tidegate_host* raw, tidegate_text key, const void* bytes, std::uint32_t length,
           tidegate_error* error) {
          auto& self = of(raw);
          const std::lock_guard lock{self.mutex_};
          const auto status = self.state_failure(error);
          if (status == TIDEGATE_OK)
            self.state_[std::string{view(key)}].assign(static_cast<const char*>(bytes), length);
          return status;
        }};
    return table;
  }

  std::string name_;
  tidegate_host raw_{};
  std::atomic<std::int64_t> utc_{1'577'836'800'000'000'000};  // 2020-01-01T00:00:00Z
  std::atomic<std::int64_t> monotonic_{1'000'000'000};
  std::atomic<std::uint32_t> log_level_{TIDEGATE_LOG_TRACE};
  std::atomic<tidegate_status> submit_status_{TIDEGATE_OK};
  std::atomic<bool> out_of_memory_{false};
  std::atomic<std::uint64_t> credit_{UINT64_MAX};

  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable changed_;
  std::map<void*, block> blocks_;
  std::vector<batch> batches_;
  std::vector<std::uint64_t> unacknowledged_;
  std::vector<std::string> violations_;
  std::vector<completion> completions_;
  std::set<std::uint64_t> answered_;
  std::vector<log_line> log_;
  std::vector<std::chrono::nanoseconds> timers_;
  std::map<std::string, std::unique_ptr<metric_slot>> metrics_;
  std::map<std::string, std::string> state_;
  std::string state_problem_;
  std::map<std::string, const void*> extensions_;
};

}  // namespace tidegate::testing
