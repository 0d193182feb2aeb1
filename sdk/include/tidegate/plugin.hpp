// Makes a plugin of plain C++ classes.
//
//   class thermometer {
//    public:
//     static constexpr tidegate::component info{
//         .name = "thermometer", .summary = "Reads the thermometer on the roof.",
//         .options = R"({"properties": {"device": {"type": "string", "unit": "path"}}})"};
//     thermometer(tidegate::source_host host, const tidegate::options& options);
//     void poll();
//   };
//   TIDEGATE_PLUGIN("weather", "1.0.0", tidegate::source<thermometer>)
//
// A component is created by its constructor, which touches no device and no network, and destroyed by its
// destructor. These members are called if the class has them; the tags of abi.h on threads hold.
//
//   all         void start();  void stop();  void request_stop() noexcept;
//   source      void poll();
//               static constexpr auto flow = tidegate::flow::pausable;   or replayable, or lossy
//               void acknowledge(std::uint64_t mark);   required of replayable sources
//   processor   bool process(tidegate::batch_view);   required; true passes the batch on unchanged
//               void tick();
//   sink        void write(tidegate::delivery);       required
//               void tick();
//               static constexpr std::uint32_t window = 1;   deliveries unanswered at a time
//
// Errors are thrown (error.hpp); one trampoline turns them into values of the C ABI.
#pragma once

#include <concepts>
#include <cstring>
#include <exception>
#include <memory>
#include <string_view>

#include "tidegate/abi.h"
#include "tidegate/batch.hpp"
#include "tidegate/error.hpp"
#include "tidegate/host.hpp"
#include "tidegate/options.hpp"

namespace tidegate {

// What a component says of itself. All three must be literals.
struct component {
  std::string_view name;
  std::string_view summary;
  std::string_view options = R"({"properties": {}})";
};

// What a source can do when what is behind it cannot take more for a while: see TIDEGATE_FLOW_... in abi.h.
enum class flow : std::uint32_t {
  pausable = TIDEGATE_FLOW_PAUSABLE,      // wait
  replayable = TIDEGATE_FLOW_REPLAYABLE,  // wait, and deliver again what was not acknowledged
  lossy = TIDEGATE_FLOW_LOSSY,            // nothing: what is not taken now is gone
};

namespace detail {

inline void copy_text(char* to, std::size_t capacity, std::string_view from) noexcept {
  const auto length = from.size() < capacity - 1 ? from.size() : capacity - 1;
  if (length != 0) std::memcpy(to, from.data(), length);
  to[length] = '\0';
}

inline tidegate_status fail(tidegate_error* error, tidegate_status status, std::string_view option,
                            std::string_view text) noexcept {
  if (error != nullptr && error->size >= sizeof *error) {
    copy_text(error->option, sizeof error->option, option);
    copy_text(error->text, sizeof error->text, text);
  }
  return status;
}

// Every entry of every table goes through here, so that no exception leaves the plugin.
template <class Call>
tidegate_status guard(tidegate_error* error, Call call) noexcept {
  try {
    return call();
  } catch (const tidegate::error& thrown) {
    return fail(error, thrown.status(), thrown.option(), thrown.what());
  } catch (const std::exception& thrown) {
    return fail(error, TIDEGATE_ERROR_BUG, {}, thrown.what());
  } catch (...) {
    return fail(error, TIDEGATE_ERROR_BUG, {}, "an exception of unknown type was thrown");
  }
}

template <class C>
concept HasInfo = requires {
  { C::info } -> std::convertible_to<component>;
};
template <class C>
concept HasStart = requires(C& c) {
  c.start();
};
template <class C>
concept HasStop = requires(C& c) {
  c.stop();
};
template <class C>
concept HasRequestStop = requires(C& c) {
  { c.request_stop() }
  noexcept;
};
template <class C>
concept HasPoll = requires(C& c) {
  c.poll();
};
template <class C>
concept HasTick = requires(C& c) {
  c.tick();
};
template <class C>
concept HasAcknowledge = requires(C& c, std::uint64_t mark) {
  c.acknowledge(mark);
};
template <class C>
concept HasFlow = requires {
  C::flow;
};
template <class C>
consteval flow flow_of() {
  if constexpr (HasFlow<C>) return C::flow;
  return flow::pausable;
}
// These say by their names what is wrong.
template <class C>
concept FlowIsATidegateFlow = !HasFlow<C> || requires {
  { C::flow } -> std::same_as<const flow&>;
};
template <class C>
concept ReplayableSourceHasAcknowledge = HasAcknowledge<C> || flow_of<C>()
!= flow::replayable;
template <class C>
concept OnlyAReplayableSourceHasAcknowledge = !HasAcknowledge<C> || flow_of<C>() == flow::replayable;
template <class C>
concept HasWindow = requires {
  { C::window } -> std::convertible_to<std::uint32_t>;
};
template <class C>
concept HasProcess = requires(C& c, batch_view b) {
  { c.process(b) } -> std::same_as<bool>;
};
template <class C>
concept HasWrite = requires(C& c, delivery d) {
  c.write(std::move(d));
};
template <class C, class Host>
concept CreatedFrom = std::constructible_from<C, Host, const options&>;

// What lies behind the instance pointer: the component and the host that it was made with.
template <class Component>
struct holder {
  const tidegate_host* host;
  Component component;

  template <class Host>
  static tidegate_status create(const tidegate_host* host, const tidegate_value* options, void** instance,
                                tidegate_error* error) noexcept {
    return guard(error, [&] {
      *instance = new holder{host, Component{Host{host}, tidegate::options{*options}}};
      return TIDEGATE_OK;
    });
  }
  static Component& of(void* instance) noexcept { return static_cast<holder*>(instance)->component; }

  static tidegate_status start(void* instance, tidegate_error* error) noexcept {
    return guard(error, [&] {
      if constexpr (HasStart<Component>) of(instance).start();
      return TIDEGATE_OK;
    });
  }
  static tidegate_status poll(void* instance, tidegate_error* error) noexcept {
    return guard(error, [&] {
      if constexpr (HasPoll<Component>) of(instance).poll();
      return TIDEGATE_OK;
    });
  }
  static tidegate_status acknowledge(void* instance, std::uint64_t mark, tidegate_error* error) noexcept {
    return guard(error, [&] {
      if constexpr (HasAcknowledge<Component>) of(instance).acknowledge(mark);
      return TIDEGATE_OK;
    });
  }
  static tidegate_status tick(void* instance, tidegate_error* error) noexcept {
    return guard(error, [&] {
      if constexpr (HasTick<Component>) of(instance).tick();
      return TIDEGATE_OK;
    });
  }
  static tidegate_status process(void* instance, const tidegate_slice* slice,
                                 tidegate_error* error) noexcept {
    return guard(error, [&] {
      if constexpr (HasProcess<Component>)
        return of(instance).process(batch_view{slice->block}) ? TIDEGATE_PASS : TIDEGATE_OK;
      return TIDEGATE_OK;
    });
  }
  static tidegate_status write(void* instance, const tidegate_delivery* raw, tidegate_error* error) noexcept {
    const write_under_way now{raw->token, std::uncaught_exceptions()};
    current_write = &now;
    const auto status = guard(error, [&] {
      if constexpr (HasWrite<Component>)
        of(instance).write(delivery{static_cast<holder*>(instance)->host, *raw});
      return TIDEGATE_OK;
    });
    current_write = nullptr;
    return status;
  }
  static void request_stop(void* instance) noexcept {
    if constexpr (HasRequestStop<Component>) of(instance).request_stop();
  }
  static void stop(void* instance) noexcept {
    // stop has no way to say that it failed; what it throws goes to the log.
    tidegate_error said{};
    said.size = sizeof said;
    const auto status = guard(&said, [&] {
      if constexpr (HasStop<Component>) of(instance).stop();
      return TIDEGATE_OK;
    });
    if (status == TIDEGATE_OK) return;
    const auto* host = static_cast<holder*>(instance)->host;
    host->log(host, TIDEGATE_LOG_WARNING, text(said.text));
  }
  static void destroy(void* instance) noexcept { delete static_cast<holder*>(instance); }
};

constexpr tidegate_text literal(std::string_view view) noexcept {
  return {view.data(), static_cast<std::uint32_t>(view.size())};
}

template <class C>
constexpr tidegate_component describe(std::uint32_t kind, const void* functions) noexcept {
  constexpr component info = C::info;
  return {sizeof(tidegate_component), kind,     literal(info.name), literal(info.summary),
          literal(info.options),      functions};
}

}  // namespace detail

template <class C>
requires detail::HasInfo<C> && detail::CreatedFrom<C, source_host> && detail::FlowIsATidegateFlow<C> &&
    detail::ReplayableSourceHasAcknowledge<C> && detail::OnlyAReplayableSourceHasAcknowledge<C>
struct source {
  static constexpr tidegate_source functions{
      sizeof(tidegate_source),
      static_cast<std::uint32_t>(detail::flow_of<C>()),
      &detail::holder<C>::template create<source_host>,
      &detail::holder<C>::start,
      detail::HasPoll<C> ? &detail::holder<C>::poll : nullptr,
      detail::HasRequestStop<C> ? &detail::holder<C>::request_stop : nullptr,
      &detail::holder<C>::stop,
      &detail::holder<C>::destroy,
      detail::HasAcknowledge<C> ? &detail::holder<C>::acknowledge : nullptr};
  static constexpr tidegate_component entry = detail::describe<C>(TIDEGATE_SOURCE, &functions);
};

template <class C>
requires detail::HasInfo<C> && detail::CreatedFrom<C, processor_host> && detail::HasProcess<C>
struct processor {
  static constexpr tidegate_processor functions{
      sizeof(tidegate_processor),
      0,
      &detail::holder<C>::template create<processor_host>,
      &detail::holder<C>::start,
      &detail::holder<C>::process,
      detail::HasTick<C> ? &detail::holder<C>::tick : nullptr,
      detail::HasRequestStop<C> ? &detail::holder<C>::request_stop : nullptr,
      &detail::holder<C>::stop,
      &detail::holder<C>::destroy};
  static constexpr tidegate_component entry = detail::describe<C>(TIDEGATE_PROCESSOR, &functions);
};

template <class C>
requires detail::HasInfo<C> && detail::CreatedFrom<C, sink_host> && detail::HasWrite<C>
struct sink {
  static constexpr std::uint32_t window() noexcept {
    if constexpr (detail::HasWindow<C>) return C::window;
    return 1;
  }
  static constexpr tidegate_sink functions{
      sizeof(tidegate_sink),
      window(),
      &detail::holder<C>::template create<sink_host>,
      &detail::holder<C>::start,
      &detail::holder<C>::write,
      detail::HasTick<C> ? &detail::holder<C>::tick : nullptr,
      detail::HasRequestStop<C> ? &detail::holder<C>::request_stop : nullptr,
      &detail::holder<C>::stop,
      &detail::holder<C>::destroy};
  static constexpr tidegate_component entry = detail::describe<C>(TIDEGATE_SINK, &functions);
};

namespace detail {

template <class... Components>
struct table {
  static constexpr const tidegate_component* components[] = {&Components::entry...};
  static constexpr tidegate_plugin make(std::string_view name, std::string_view version) noexcept {
    return {sizeof(tidegate_plugin), TIDEGATE_ABI_MAJOR,    TIDEGATE_ABI_MINOR, literal(name),
            literal(version),        sizeof...(Components), components};
  }
};

}  // namespace detail
}  // namespace tidegate

// The one exported function. Once in a library, outside any namespace: name, version, components.
#define TIDEGATE_PLUGIN(name, version, ...)                                                                 \
  extern "C" __attribute__((visibility("default"))) const tidegate_plugin* tidegate_plugin_entry_v1(void) { \
    static constexpr tidegate_plugin plugin = ::tidegate::detail::table<__VA_ARGS__>::make(name, version);  \
    return &plugin;                                                                                         \
  }
