#include "plugin/instance.hpp"

#include <cassert>
#include <cstring>
#include <exception>
#include <utility>

#include "plugin/host_side.hpp"
#include "plugin/option_tree.hpp"

namespace tidegate::plugin {

namespace {

// A terminated text, as far as the array goes.
template <std::size_t Capacity>
std::string text_of(const char (&array)[Capacity]) {
  return {array, ::strnlen(array, Capacity)};
}

const char* name_of(tidegate_status status) {
  switch (status) {
    case TIDEGATE_OK:
      return "ok";
    case TIDEGATE_ERROR_CONFIGURATION:
      return "configuration error";
    case TIDEGATE_ERROR_TEMPORARY:
      return "temporary error";
    case TIDEGATE_ERROR_PERMANENT:
      return "permanent error";
    case TIDEGATE_ERROR_BUG:
      return "bug";
    case TIDEGATE_STOPPING:
      return "stopping";
    default:
      return "pass";
  }
}

enum class function { create, start, poll, acknowledge, process, write, tick };

// Which statuses mean something from which function; the rest is a bug of the plugin.
bool fits(tidegate_status status, function from) {
  switch (status) {
    case TIDEGATE_OK:
    case TIDEGATE_ERROR_TEMPORARY:
    case TIDEGATE_ERROR_PERMANENT:
    case TIDEGATE_ERROR_BUG:
      return true;
    case TIDEGATE_ERROR_CONFIGURATION:
      return from == function::create;
    case TIDEGATE_STOPPING:
      return from != function::create;
    case TIDEGATE_PASS:
      return from == function::process;
    default:
      return false;
  }
}

result judge(tidegate_status status, function from, const tidegate_error& said) {
  result made{status, text_of(said.option), text_of(said.text)};
  // Too late to be refused, but said well enough: no attempt will change it.
  if (status == TIDEGATE_ERROR_CONFIGURATION && from != function::create)
    made.status = TIDEGATE_ERROR_PERMANENT;
  if (!fits(made.status, from)) {
    made.status = TIDEGATE_ERROR_BUG;
    made.text = "the plugin returned status " + std::to_string(status) +
                (status > TIDEGATE_PASS || status < 0
                     ? ", which does not exist"
                     : std::string{" ("} + name_of(status) + "), which this function has not");
  }
  if (made.text.empty() && made.status != TIDEGATE_OK && made.status != TIDEGATE_PASS &&
      made.status != TIDEGATE_STOPPING)
    made.text = std::string{name_of(made.status)} + ", of which the plugin says no more";
  return made;
}

// A call across the boundary. The SDK's wrapper lets no exception out; a plugin without it may.
template <class Call>
result call(function which, Call of) {
  tidegate_error said{};
  said.size = sizeof said;
  try {
    return judge(of(&said), which, said);
  } catch (const std::exception& thrown) {
    return {
        TIDEGATE_ERROR_BUG, {}, std::string{"the plugin threw an exception at the host: "} + thrown.what()};
  } catch (...) {
    return {TIDEGATE_ERROR_BUG, {}, "the plugin threw an exception of unknown type at the host"};
  }
}

// The same for functions that return nothing: what goes wrong there goes to the log.
template <class Call>
void call_silently(const host_side& host, const char* name, Call of) {
  const auto said = call(function::start, [&](tidegate_error*) {
    of();
    return TIDEGATE_OK;
  });
  if (!said.ok()) host.log().error(host.who(), std::string{name} + ": " + said.text);
}

}  // namespace

tidegate_status services::submit_marked(void* block, std::uint64_t, std::uint32_t) {
  return block == nullptr ? TIDEGATE_OK : batch_submit(block);
}

struct instance::content {
  const component& of;
  host_side host;
  void* handle = nullptr;
  bool started = false;  // the strand's own

  content(const component& made_of, std::string name, std::string who, const environment& with,
          services& calls)
      : of{made_of}, host{made_of.kind,
                          std::move(name),
                          std::move(who),
                          with,
                          calls,
                          made_of.source != nullptr && made_of.source->flow == TIDEGATE_FLOW_REPLAYABLE} {}

  // Calls `with` the functions of the component, whatever kind it is.
  template <class With>
  auto functions(With with) const {
    switch (of.kind) {
      case config::component_kind::source:
        return with(*of.source);
      case config::component_kind::processor:
        return with(*of.processor);
      default:
        return with(*of.sink);
    }
  }
};

std::unique_ptr<instance> instance::create(const component& of, std::string name, std::string who,
                                           const config::value& options, const environment& with,
                                           services& calls, result& said) {
  auto made = std::make_unique<content>(of, std::move(name), std::move(who), with, calls);
  const option_tree tree{options};
  said = made->functions([&](const auto& table) {
    return call(function::create, [&](tidegate_error* error) {
      return table.create(made->host.table(), &tree.root(), &made->handle, error);
    });
  });
  if (!said.ok()) return nullptr;
  return std::unique_ptr<instance>{new instance{std::move(made)}};
}

instance::instance(std::unique_ptr<content> made) : content_{std::move(made)} {}

instance::~instance() {
  assert(!content_->started);
  content_->functions([&](const auto& table) {
    call_silently(content_->host, "destroy", [&] { table.destroy(content_->handle); });
  });
}

result instance::start() {
  assert(!content_->started);
  const auto said = content_->functions([&](const auto& table) {
    return call(function::start, [&](tidegate_error* error) { return table.start(content_->handle, error); });
  });
  content_->started = said.ok();
  return said;
}

result instance::poll() {
  assert(content_->started && content_->of.source != nullptr);
  const auto poll = content_->of.source->poll;
  if (poll == nullptr) return {};
  return call(function::poll, [&](tidegate_error* error) { return poll(content_->handle, error); });
}

result instance::acknowledge(std::uint64_t mark) {
  assert(content_->started && content_->of.source != nullptr);
  const auto acknowledge = content_->of.source->acknowledge;
  if (acknowledge == nullptr) return {};
  return call(function::acknowledge,
              [&](tidegate_error* error) { return acknowledge(content_->handle, mark, error); });
}

result instance::process(const tidegate_slice& batch) {
  assert(content_->started && content_->of.processor != nullptr);
  return call(function::process, [&](tidegate_error* error) {
    return content_->of.processor->process(content_->handle, &batch, error);
  });
}

result instance::write(const tidegate_delivery& batch) {
  assert(content_->started && content_->of.sink != nullptr);
  return call(function::write, [&](tidegate_error* error) {
    return content_->of.sink->write(content_->handle, &batch, error);
  });
}

result instance::tick() {
  assert(content_->started && content_->of.source == nullptr);
  const auto tick = content_->of.sink != nullptr ? content_->of.sink->tick : content_->of.processor->tick;
  if (tick == nullptr) return {};
  return call(function::tick, [&](tidegate_error* error) { return tick(content_->handle, error); });
}

void instance::request_stop() {
  content_->functions([&](const auto& table) {
    if (table.request_stop == nullptr) return;
    call_silently(content_->host, "request_stop", [&] { table.request_stop(content_->handle); });
  });
}

void instance::stop() {
  assert(content_->started);
  content_->started = false;
  content_->functions([&](const auto& table) {
    call_silently(content_->host, "stop", [&] { table.stop(content_->handle); });
  });
}

const std::string& instance::name() const { return content_->host.name(); }
const std::string& instance::who() const { return content_->host.who(); }
std::uint32_t instance::window() const {
  return content_->of.sink != nullptr ? content_->of.sink->window : 1;
}

}  // namespace tidegate::plugin
