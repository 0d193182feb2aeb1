#include "pipeline/rehearsal.hpp"

#include <algorithm>
#include <utility>

#include "config/flow_order.hpp"
#include "pipeline/tag_suffix.hpp"

namespace tidegate::pipeline {

namespace {

// A step that asks for its timer without end must not hold the clock up for ever.
constexpr int ticks_max = 1'000'000;

std::string point_of(const config::pipeline& pipeline) { return "pipelines." + pipeline.name; }
std::string point_of(const config::pipeline& pipeline, std::size_t step) {
  return step == pipeline.process.size() ? point_of(pipeline)
                                         : point_of(pipeline) + ".process[" + std::to_string(step) + "]";
}

}  // namespace

void rehearsal::kept_log::write(observe::level, std::string_view who, std::string_view line) {
  lines.push_back(std::string{who} + ": " + std::string{line});
}

std::unique_ptr<rehearsal> rehearsal::create(const config::gateway& options, plugin::catalogue& plugins,
                                             const std::filesystem::path& state_path, std::int64_t utc,
                                             config::diagnostics& said) {
  std::unique_ptr<rehearsal> made{new rehearsal{options, state_path, utc}};
  made->wire(plugins, said);
  if (said.has_errors()) return nullptr;
  for (auto& each : made->pipelines_) each.start();
  return made;
}

rehearsal::rehearsal(const config::gateway& options, const std::filesystem::path& state_path,
                     std::int64_t utc)
    : options_{options}, environment_{clock_, log_, metrics_, state_path, options.id} {
  clock_.utc = utc;
}

rehearsal::~rehearsal() = default;

std::vector<std::string> rehearsal::points(const config::gateway& options) {
  std::vector<std::string> all;
  for (const auto& each : options.sinks) all.push_back("sinks." + each.name);
  for (const auto& each : options.pipelines)
    for (std::size_t step = each.process.size() + 1; step-- > 0;) all.push_back(point_of(each, step));
  return all;
}

void rehearsal::wire(plugin::catalogue& plugins, config::diagnostics& said) {
  const auto told = [this](const std::string& who, const std::string& text) { log_.write({}, who, text); };
  for (const auto& each : options_.sinks)
    sinks_.emplace_back(each.name, clock_, told,
                        [into = &came_["sinks." + each.name]](const batch_ref& batch, std::uint32_t index) {
                          into->push_back({batch, index});
                        });
  for (const auto& each : options_.pipelines) wire_pipeline(each, plugins, said);
  connect_pipelines();
}

void rehearsal::wire_pipeline(const config::pipeline& pipeline, plugin::catalogue& plugins,
                              config::diagnostics& said) {
  auto& made = pipelines_.emplace_back(
      environment_, [this](const std::string& who, const std::string& text) { log_.write({}, who, text); },
      [this, &pipeline](std::size_t step, const batch_ref& batch) {
        auto& into = came_[point_of(pipeline, step)];
        for (std::uint32_t index = 0; index < batch.view().size(); ++index) into.push_back({batch, index});
      });
  for (const auto& each : pipeline.process) {
    const auto result = made.add_step(each, *plugins.get(each.kind, each.plugin));
    if (result.ok()) continue;
    const auto about = config::about_option(each, result.option, result.text);
    said.error(about.where, about.path, about.text);
  }
  for (const auto& name : pipeline.to)
    made.outlets().add(sink(name).add_route(pipeline.name, pipeline.buffer));
}

// As in a gateway: against the flow, and what a pipeline gives to those that read it, it gives beside its
// routes.
void rehearsal::connect_pipelines() {
  const auto upstreams = config::upstreams_of(options_.pipelines);
  const auto order = config::flow_order(upstreams);
  for (auto place = order.rbegin(); place != order.rend(); ++place) {
    const auto& pipeline = options_.pipelines[*place];
    auto& head = head_of(*place);
    for (const auto& name : pipeline.from) sources_[name].add(head);
    for (const auto& name : pipeline.from_rejected) sink(name).add_branch(head);
    for (const auto& each : upstreams[*place])
      if (each.rejected_by.empty()) pipelines_[each.pipeline].outlets().add(head);
  }
}

inlet& rehearsal::head_of(std::size_t place) {
  const auto& pipeline = options_.pipelines[place];
  if (pipeline.when.empty()) return pipelines_[place];
  auto& made = gates_.emplace_back(pipeline.when);
  made.outlets().add(pipelines_[place]);
  return made;
}

rehearsed_sink& rehearsal::sink(const std::string& name) {
  const auto found = std::find_if(options_.sinks.begin(), options_.sinks.end(),
                                  [&](const auto& each) { return each.name == name; });
  return sinks_[static_cast<std::size_t>(found - options_.sinks.begin())];
}

void rehearsal::give(const std::string& source, const batch_builder& samples) {
  const auto found = std::find_if(options_.sources.begin(), options_.sources.end(),
                                  [&](const auto& each) { return each.name == source; });
  auto all_tags = found->tags;
  all_tags.insert(options_.tags.begin(), options_.tags.end());
  const tag_suffix tags{all_tags};
  void* block = allocate_block(samples.bytes(), tags.reserve());
  if (block == nullptr) throw std::bad_alloc{};
  samples.write_to(block);
  tags.append(block);
  sources_[source].push(batch_ref::adopt(block), {}, {});
}

void rehearsal::wait(std::int64_t nanoseconds) {
  const auto until = clock_.monotonic + nanoseconds;
  for (int ticks = 0; tick_before(until); ++ticks) {
    if (ticks < ticks_max) continue;
    log_.write({}, "the clock", "steps ask for their timers without end");
    break;
  }
  clock_.advance(until - clock_.monotonic);
}

// The first timer until then; false if there is none.
bool rehearsal::tick_before(std::int64_t until) {
  const auto next = std::min_element(pipelines_.begin(), pipelines_.end(), [](const auto& a, const auto& b) {
    return a.timer_due() < b.timer_due();
  });
  if (next == pipelines_.end() || next->timer_due() > until) return false;
  clock_.advance(std::max<std::int64_t>(next->timer_due() - clock_.monotonic, 0));
  next->tick();
  return true;
}

std::vector<located_sample> rehearsal::take(const std::string& point) {
  return std::exchange(came_[point], {});
}

std::vector<std::string> rehearsal::take_words() { return std::exchange(log_.lines, {}); }

}  // namespace tidegate::pipeline
