// tidegate test [SOURCE]...: reads once, prints the samples, sends nothing. With -f it reads no source:
// test_pipelines.cpp.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "batch/batch_ref.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/test_pipelines.hpp"
#include "codec/encoder.hpp"
#include "config/message.hpp"
#include "config/node.hpp"
#include "observe/clock.hpp"
#include "observe/metrics.hpp"
#include "observe/stderr_log.hpp"
#include "pipeline/lifecycle.hpp"
#include "pipeline/tag_suffix.hpp"
#include "plugin/instance.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::cli {

namespace {

using namespace std::chrono_literals;

// A source that gives a rate needs two readings: this long apart, unless its interval is shorter.
constexpr std::chrono::nanoseconds between_readings = 1s;
// How long one that is not polled may take until something arrives.
constexpr auto first_arrival_max = 10s;

// Writes what it is given to standard output: a sink of the program's own, so that samples look here as
// any sink would write them.
class printer {
 public:
  static constexpr component info{.name = "printer",
                                  .summary = "Prints samples.",
                                  .options = R"({"properties": {"encoding": {"$ref": "tidegate:encoding",
                                                 "default": {"type": "ndjson"}}}})"};
  printer(sink_host host, const options& given) : encoder_{host, given["encoding"]} {}
  void write(delivery samples) {
    const auto text = encoder_.encode(samples);
    std::fwrite(text.data(), 1, text.size(), stdout);
    samples.delivered();
  }

 private:
  encoder encoder_;
};

// Keeps what a source submits.
class catcher final : public plugin::services {
 public:
  explicit catcher(const pipeline::tag_suffix& tags) : tags_{tags} {}
  void* batch_allocate(std::uint32_t bytes) override { return allocate_block(bytes, tags_.reserve()); }
  void batch_discard(void* block) override { release_block(block); }
  tidegate_status batch_submit(void* block) override {
    tags_.append(block);
    const std::lock_guard lock{mutex_};
    // One reading is asked for: a source that goes on by itself is not listened to.
    auto batch = batch_ref::adopt(block);
    if (caught_.size() == caught_max) return TIDEGATE_STOPPING;
    caught_.push_back(std::move(batch));
    arrived_.notify_all();
    return TIDEGATE_OK;
  }
  void complete(std::uint64_t, const tidegate_outcome&) override {}
  void set_timer(std::int64_t) override {}
  void report(std::uint32_t health, std::string_view why) override {
    const std::lock_guard lock{mutex_};
    trouble_ = health == TIDEGATE_HEALTH_RUNNING ? "" : why;
    arrived_.notify_all();
  }

  // What is in its way, if nothing came.
  std::string trouble() {
    const std::lock_guard lock{mutex_};
    return caught_.empty() ? trouble_ : "";
  }
  void wait_for_one() {
    std::unique_lock lock{mutex_};
    arrived_.wait_for(lock, first_arrival_max, [&] { return !caught_.empty() || !trouble_.empty(); });
  }
  std::vector<batch_ref> take() {
    const std::lock_guard lock{mutex_};
    return std::move(caught_);
  }

 private:
  static constexpr std::size_t caught_max = 16;
  const pipeline::tag_suffix& tags_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<batch_ref> caught_;
  std::string trouble_;
};

// A sink's instance outside a pipeline: it answers at once, and nobody listens.
class no_services final : public plugin::services {
  void* batch_allocate(std::uint32_t) override { return nullptr; }
  void batch_discard(void*) override {}
  tidegate_status batch_submit(void*) override { return TIDEGATE_ERROR_BUG; }
  void complete(std::uint64_t, const tidegate_outcome&) override {}
  void set_timer(std::int64_t) override {}
};

plugin::component printer_component() {
  plugin::component made;
  made.kind = config::component_kind::sink;
  made.name = printer::info.name;
  made.sink = &sink<printer>::functions;
  std::string problem;
  made.schema = config::schema::parse(
      printer::info.options, {{"tidegate:encoding", std::string{codec::encoding_schema()}}}, problem);
  return made;
}

// One reading of a source. What went wrong is in `said`.
std::vector<batch_ref> read_once(const config::instance& source, const config::gateway& gateway,
                                 const plugin::component& of, const plugin::environment& with,
                                 plugin::result& said) {
  auto all_tags = source.tags;
  all_tags.insert(gateway.tags.begin(), gateway.tags.end());
  const pipeline::tag_suffix tags{all_tags};
  catcher caught{tags};
  const auto instance =
      plugin::instance::create(of, source.name, pipeline::who_is(source), source.options, with, caught, said);
  if (instance == nullptr || !(said = instance->start()).ok()) return {};
  if (of.source->poll != nullptr) {
    std::this_thread::sleep_for(std::min(source.interval.value_or(between_readings), between_readings));
    said = instance->poll();
  } else {
    caught.wait_for_one();
  }
  if (const auto trouble = caught.trouble(); said.ok() && !trouble.empty())
    said = {TIDEGATE_ERROR_TEMPORARY, {}, trouble};
  auto batches = caught.take();
  instance->request_stop();
  instance->stop();
  return batches;
}

bool print_batches(const std::vector<batch_ref>& batches, plugin::instance& out) {
  for (const auto& batch : batches) {
    const tidegate_slice slice{batch.block(), 0, batch.view().size()};
    tidegate_delivery delivery{};
    delivery.size = sizeof delivery;
    delivery.slice_count = 1;
    delivery.slices = &slice;
    delivery.sample_count = slice.count;
    delivery.attempt = 1;
    out.write(delivery);
  }
  std::fflush(stdout);
  return !batches.empty();
}

std::vector<const config::instance*> chosen_sources(const config::gateway& gateway,
                                                    const std::vector<std::string>& names) {
  std::vector<const config::instance*> chosen;
  std::vector<std::string> known;
  for (const auto& source : gateway.sources) {
    known.push_back(source.name);
    if (names.empty()) chosen.push_back(&source);
  }
  for (const auto& name : names) {
    const auto found = std::find_if(gateway.sources.begin(), gateway.sources.end(),
                                    [&](const auto& source) { return source.name == name; });
    if (found == gateway.sources.end())
      throw usage_error{"there is no source '" + name + "'" + config::suggestion(name, known)};
    chosen.push_back(&*found);
  }
  return chosen;
}

}  // namespace

int test(const arguments& given) {
  if (!given.test_files.empty()) return test_pipelines(given);
  config::diagnostics wrong;
  const auto opened = open_session(given, wrong);
  if (print(wrong)) return exit_configuration;
  const auto& gateway = *opened.configuration;
  const auto sources = chosen_sources(gateway, given.operands);

  const observe::system_clock clock;
  observe::stderr_log log{observe::level::warning, observe::log::format::text};
  observe::metrics metrics;
  const plugin::environment environment{clock, log, metrics, gateway.state_path, gateway.id};

  const auto component = printer_component();
  config::node nothing_given;
  nothing_given.type = config::node::kind::map;
  const auto defaults = component.schema.check(nothing_given, "printer", {}, wrong);
  no_services unheard;
  plugin::result made;
  const auto out =
      plugin::instance::create(component, "printer", "printer", defaults, environment, unheard, made);
  if (out == nullptr || !out->start().ok()) throw std::runtime_error{made.text};

  int code = exit_ok;
  for (const auto* source : sources) {
    plugin::result said;
    const auto batches =
        read_once(*source, gateway, *opened.plugins->get(source->kind, source->plugin), environment, said);
    if (!said.ok()) {
      std::fprintf(stderr, "tidegate: source %s: %s\n", source->name.c_str(), said.text.c_str());
      code = exit_unavailable;
    }
    if (!print_batches(batches, *out) && said.ok()) {
      std::fprintf(stderr, "tidegate: source %s: gave no sample\n", source->name.c_str());
      code = exit_unavailable;
    }
  }
  out->stop();
  return code;
}

}  // namespace tidegate::cli
