#include "plugin/host_side.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <utility>

#include "codec/decoder.hpp"
#include "codec/encoder.hpp"
#include "plugin/adopt.hpp"
#include "tidegate/batch_validate.hpp"
#include "tidegate/options.hpp"

namespace tidegate::plugin {

namespace {

constexpr std::size_t outcome_bytes_min = offsetof(tidegate_outcome, reason) + sizeof(tidegate_text);

// sources/cpu, sinks/archive, processors/telemetry%2Eprocess%5B0%5D
std::filesystem::path state_folder(const std::filesystem::path& root, config::component_kind kind,
                                   const std::string& name) {
  if (root.empty()) return {};
  return root / (std::string{config::to_string(kind)} + "s") / file_name_of(name);
}

tidegate_status say(tidegate_error* error, const state_store::result& said) {
  if (error != nullptr && error->size >= sizeof *error && said.status != TIDEGATE_OK) {
    const auto length = std::min(said.text.size(), sizeof error->text - 1);
    std::memcpy(error->text, said.text.data(), length);
    error->text[length] = '\0';
  }
  return said.status;
}

}  // namespace

// Called by plugins, which may be C: nothing may be thrown out of these.
struct host_functions {
  static host_side& of(const tidegate_host* host) noexcept { return *static_cast<host_side*>(host->context); }

  static void log(const tidegate_host* host, std::uint32_t level, tidegate_text line) noexcept {
    const auto& self = of(host);
    const auto known = static_cast<observe::level>(std::min<std::uint32_t>(level, TIDEGATE_LOG_ERROR));
    if (self.environment_.log.takes(known)) self.environment_.log.write(known, self.who_, view(line));
  }
  static std::uint32_t log_level(const tidegate_host* host) noexcept {
    return static_cast<std::uint32_t>(of(host).environment_.log.threshold());
  }
  static std::int64_t now_utc(const tidegate_host* host) noexcept {
    return of(host).environment_.clock.now_utc();
  }
  static std::int64_t now_monotonic(const tidegate_host* host) noexcept {
    return of(host).environment_.clock.now_monotonic();
  }
  static void* batch_allocate(const tidegate_host* host, std::uint32_t bytes) noexcept {
    return of(host).allocate(bytes);
  }
  static void batch_discard(const tidegate_host* host, void* memory) noexcept {
    if (of(host).take_back(memory, "batch_discard") != 0) of(host).services_.batch_discard(memory);
  }
  static tidegate_status batch_submit(const tidegate_host* host, void* memory) noexcept {
    return of(host).submit(memory);
  }
  static tidegate_status submit_marked(const tidegate_host* host, void* memory, std::uint64_t mark,
                                       std::uint32_t flags) noexcept {
    return of(host).submit_marked(memory, mark, flags);
  }
  static std::uint64_t credit(const tidegate_host* host) noexcept { return of(host).services_.credit(); }
  static void complete(const tidegate_host* host, std::uint64_t token,
                       const tidegate_outcome* outcome) noexcept {
    of(host).complete(token, outcome);
  }
  static void set_timer(const tidegate_host* host, std::int64_t delay) noexcept {
    of(host).services_.set_timer(delay);
  }

  static void* metric(const tidegate_host* host, std::uint32_t kind, tidegate_text name,
                      tidegate_text help) noexcept {
    if (kind != TIDEGATE_COUNTER && kind != TIDEGATE_GAUGE) return nullptr;
    const auto& self = of(host);
    return self.environment_.metrics.make(
        self.who_, kind == TIDEGATE_COUNTER ? observe::metric_kind::counter : observe::metric_kind::gauge,
        view(name), view(help));
  }
  static void metric_add(void* metric, double amount) noexcept {
    static_cast<observe::metric*>(metric)->add(amount);
  }
  static void metric_set(void* metric, double value) noexcept {
    static_cast<observe::metric*>(metric)->set(value);
  }

  static tidegate_status load(const tidegate_host* host, tidegate_text key, void* buffer,
                              std::uint32_t capacity, std::uint32_t* length, tidegate_error* error) noexcept {
    std::string value;
    const auto said = of(host).state_.load(view(key), value);
    *length = static_cast<std::uint32_t>(value.size());
    if (!value.empty() && capacity != 0)
      std::memcpy(buffer, value.data(), std::min<std::size_t>(capacity, value.size()));
    return say(error, said);
  }
  static tidegate_status store(const tidegate_host* host, tidegate_text key, const void* bytes,
                               std::uint32_t length, tidegate_error* error) noexcept {
    return say(error, of(host).state_.store(view(key), {static_cast<const char*>(bytes), length}));
  }

  static void report(const tidegate_host* host, std::uint32_t health, tidegate_text why) noexcept {
    // What a later minor may say is at least no good news.
    of(host).services_.report(std::min<std::uint32_t>(health, TIDEGATE_HEALTH_AWAY), view(why));
  }

  static tidegate_text gateway_id(const tidegate_host* host) noexcept {
    return text(of(host).environment_.gateway_id);
  }

  static const void* extension(const tidegate_host*, tidegate_text name) noexcept {
    static constexpr tidegate_flow flow{sizeof flow, 0, &submit_marked, &credit};
    static constexpr tidegate_metrics metrics{sizeof metrics, 0, &metric, &metric_add, &metric_set};
    static constexpr tidegate_state state{sizeof state, 0, &load, &store};
    static constexpr tidegate_gateway gateway{sizeof gateway, 0, &gateway_id};
    static constexpr tidegate_health health{sizeof health, 0, &report};
    if (view(name) == TIDEGATE_FLOW) return &flow;
    if (view(name) == TIDEGATE_HEALTH) return &health;
    if (view(name) == TIDEGATE_METRICS) return &metrics;
    if (view(name) == TIDEGATE_STATE) return &state;
    if (view(name) == TIDEGATE_GATEWAY) return &gateway;
    if (view(name) == TIDEGATE_ENCODE) return codec::encode_extension();
    if (view(name) == TIDEGATE_DECODE) return codec::decode_extension();
    return nullptr;
  }
};

host_side::host_side(config::component_kind kind, std::string name, std::string who, const environment& with,
                     services& calls, bool may_mark)
    : kind_{kind},
      may_mark_{may_mark},
      name_{std::move(name)},
      who_{std::move(who)},
      environment_{with},
      services_{calls},
      state_{state_folder(with.state_path, kind, name_)} {
  table_.size = sizeof table_;
  table_.abi_major = TIDEGATE_ABI_MAJOR;
  table_.abi_minor = TIDEGATE_ABI_MINOR;
  table_.context = this;
  table_.instance_name = text(name_);
  table_.log = &host_functions::log;
  table_.log_level = &host_functions::log_level;
  table_.now_utc = &host_functions::now_utc;
  table_.now_monotonic = &host_functions::now_monotonic;
  table_.batch_allocate = &host_functions::batch_allocate;
  table_.batch_discard = &host_functions::batch_discard;
  table_.batch_submit = &host_functions::batch_submit;
  table_.complete = &host_functions::complete;
  table_.set_timer = &host_functions::set_timer;
  table_.extension = &host_functions::extension;
}

host_side::~host_side() {
  for (const auto& each : held_) services_.batch_discard(each.memory);
}

void host_side::complain(const std::string& text) const { log().error(who_, "plugin misbehaves: " + text); }

void* host_side::allocate(std::uint32_t bytes) {
  if (bytes > TIDEGATE_BLOCK_BYTES_MAX) {
    complain("batch_allocate was asked for " + std::to_string(bytes) +
             " bytes, where a batch has at most 67108864");
    return nullptr;
  }
  const std::lock_guard lock{mutex_};
  // So that what is allocated can be remembered in any case.
  held_.reserve(held_.size() + 1);
  void* memory = services_.batch_allocate(bytes);
  if (memory != nullptr) held_.push_back({memory, bytes});
  return memory;
}

std::uint32_t host_side::take_back(void* memory, const char* function) {
  {
    const std::lock_guard lock{mutex_};
    const auto found =
        std::find_if(held_.begin(), held_.end(), [&](const block& each) { return each.memory == memory; });
    if (found != held_.end()) {
      const auto bytes = found->bytes;
      *found = held_.back();
      held_.pop_back();
      return std::max(bytes, 1u);
    }
  }
  complain(std::string{function} +
           " was called with a pointer that is no block of its own, or no longer one");
  return 0;
}

const char* host_side::problem_of(const void* memory, std::uint32_t bytes) const {
  return kind_ == config::component_kind::sink ? "comes from a sink" : validate(memory, bytes);
}

template <class To>
tidegate_status host_side::submit(void* memory, const char* function, To to) {
  const auto bytes = take_back(memory, function);
  if (bytes == 0) return TIDEGATE_ERROR_BUG;
  const char* wrong = problem_of(memory, bytes);
  if (wrong == nullptr) return to();
  services_.batch_discard(memory);
  complain(std::string{"a batch was discarded: the block "} + wrong);
  return TIDEGATE_ERROR_BUG;
}

tidegate_status host_side::submit(void* memory) {
  return submit(memory, "batch_submit", [&] { return services_.batch_submit(memory); });
}

tidegate_status host_side::submit_marked(void* memory, std::uint64_t mark, std::uint32_t flags) {
  const char* wrong = nullptr;
  if (flags > TIDEGATE_MARK_CONTINUES) wrong = "flags that this host does not know";
  if (!may_mark_) wrong = "a mark by a component that is no TIDEGATE_FLOW_REPLAYABLE source";
  if (wrong == nullptr) {
    const auto on = [&] { return services_.submit_marked(memory, mark, flags); };
    return memory == nullptr ? on() : submit(memory, "submit", on);
  }
  if (memory != nullptr && take_back(memory, "submit") != 0) services_.batch_discard(memory);
  complain(std::string{"a batch was discarded: it was submitted with "} + wrong);
  return TIDEGATE_ERROR_BUG;
}

void host_side::complete(std::uint64_t token, const tidegate_outcome* outcome) {
  if (outcome == nullptr || outcome->size < outcome_bytes_min) {
    complain("complete was called with an outcome of " +
             std::to_string(outcome == nullptr ? 0 : outcome->size) + " bytes, where at least " +
             std::to_string(outcome_bytes_min) + " are needed; the delivery is retried");
    tidegate_outcome retry{};
    retry.size = sizeof retry;
    retry.kind = TIDEGATE_RETRY;
    retry.reason = text("the plugin's answer could not be read");
    return services_.complete(token, retry);
  }
  services_.complete(token, adopt(outcome));
}

}  // namespace tidegate::plugin
