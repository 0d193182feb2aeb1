// How the instances of a gateway are led into each other: at its start, and again by each reload, while they
// run.
#include <algorithm>
#include <utility>

#include "config/flow_order.hpp"
#include "pipeline/gateway_parts.hpp"
#include "pipeline/spool_backlog.hpp"
#include "pipeline/spool_inlet.hpp"
#include "pipeline/spool_limits.hpp"

namespace tidegate::pipeline {

// ---- ways ----------------------------------------------------------------------------------------

// Those of the configuration are there, with its limits; from the others nothing is taken away, but nothing
// comes to them any more.
void gateway::wire_ways() {
  for (auto& each : ways_) each.is_ended = true;
  for (const auto& pipeline : options_.pipelines) {
    const bool is_durable = pipeline.buffer.type == config::buffer_type::disk && !pipeline.to.empty();
    auto* stream =
        is_durable ? &stores_.spool->add_stream(pipeline.name, commit_rule_of(pipeline.buffer)) : nullptr;
    for (const auto& sink : pipeline.to) way_for(pipeline, sink, stream).is_ended = false;
  }
  for (auto& each : ways_)
    if (each.is_ended && each.reader != nullptr) each.reader->end();
}

gateway::way& gateway::way_for(const config::pipeline& pipeline, const std::string& sink,
                               spool::stream* stream) {
  const auto limits = reader_limits_of(pipeline.buffer);
  auto found = std::find_if(ways_.begin(), ways_.end(), [&](const way& each) {
    return each.pipeline == pipeline.name && each.sink == sink &&
           (each.reader != nullptr) == (stream != nullptr);
  });
  const bool is_new = found == ways_.end();
  if (is_new) found = ways_.insert(ways_.end(), {pipeline.name, sink, std::make_shared<bell>()});
  const auto ring = [wakes = found->wakes] { wakes->ring(); };
  if (stream != nullptr) {
    found->reader = &stores_.spool->add_reader(*stream, sink, limits, ring);
    if (is_new) found->waiting = std::make_shared<spool_backlog>(*found->reader, environment_.clock);
  } else if (is_new) {
    found->memory = std::make_shared<memory_backlog>(pipeline.buffer, environment_.clock, ring);
    found->waiting = found->memory;
  } else {
    found->memory->set_limits(pipeline.buffer);
  }
  return *found;
}

// What an operator has taken out of the configuration still goes where it was meant to go; then it ends.
void gateway::end_ways_that_ran_dry() {
  for (auto& each : ways_) {
    if (!each.is_ended || each.waiting->ledger().waiting != 0) continue;
    // Somebody may be about to push yet.
    if (each.memory != nullptr && each.memory.use_count() > 3) continue;
    auto* sink = sink_named(each.sink);
    constexpr std::int64_t patience = 100'000'000;
    if (sink != nullptr && !sink->change_ways([&] { sink->remove_route(*each.waiting); },
                                              environment_.clock.now_monotonic() + patience))
      continue;  // it hangs: another time
    log_route({each.name(), each.waiting->ledger(), each.waiting->is_kept(), 0});
    drop_way(each);
  }
  std::erase_if(ways_, [](const way& each) { return each.waiting == nullptr; });
}

// Which its sink does not know any more.
void gateway::drop_way(way& gone) {
  gone.wakes->lead_to(nullptr);
  if (gone.memory != nullptr) gone.memory->close();
  gone.waiting = nullptr;
  if (gone.reader != nullptr) gone.reader->detach();
}

// ---- sinks ---------------------------------------------------------------------------------------

bool gateway::wire_sinks(std::int64_t deadline, config::diagnostics& said) {
  branches_.clear();
  for (const auto& pipeline : options_.pipelines)
    for (const auto& name : pipeline.from_rejected)
      branches_[name].push_back(pipeline.when.empty() ? chains_.at(pipeline.name) : gate_before(pipeline));
  bool all = true;
  for (auto& [name, sink] : sinks_) all = wire_sink(*sink, name, deadline, said) && all;
  return all;
}

// What reads what a sink rejects begins with a chain, if need be behind a condition.
std::shared_ptr<inlet> gateway::gate_before(const config::pipeline& pipeline) {
  auto made = std::make_shared<gate>(pipeline.when);
  made->outlets().lead_to({chains_.at(pipeline.name)});
  return made;
}

// One whose ways and branches stay is not asked for a moment's rest.
bool gateway::wire_sink(sink_runner& sink, const std::string& name, std::int64_t deadline,
                        config::diagnostics& said) {
  std::vector<const way*> fresh;
  for (const auto& each : ways_)
    if (each.sink == name && !sink.has_route(*each.waiting)) fresh.push_back(&each);
  const auto& branch = branches_[name];
  if (fresh.empty() && branch.empty() && !sink.has_branch()) return true;
  const auto change = [&] {
    for (const auto* each : fresh) {
      sink.add_route(each->pipeline, each->waiting, each->reader != nullptr ? stores_.rejected : nullptr);
      each->wakes->lead_to(&sink.worker());
    }
    sink.lead_rejected_to(branch);
  };
  if (sink.change_ways(change, deadline)) return true;
  const auto* of = named(options_.sinks, name);
  said.error(of->where, of->path, "hangs in a call, so that where it is fed from cannot be changed now");
  return false;
}

// ---- pipelines -----------------------------------------------------------------------------------

// Against the flow, so that of each pipeline it is known what lies behind it. What a pipeline gives to those
// that read it, it gives them beside its routes: behind its steps, and not out of its buffer.
void gateway::connect_pipelines() {
  const auto upstreams = config::upstreams_of(options_.pipelines);
  const auto order = config::flow_order(upstreams);
  std::vector<inlets> outlets(options_.pipelines.size());
  std::map<std::string, inlets> of_sources;
  for (std::size_t place = 0; place < outlets.size(); ++place)
    outlets[place] = routes_of(options_.pipelines[place]);
  for (auto place = order.rbegin(); place != order.rend(); ++place) {
    const auto& pipeline = options_.pipelines[*place];
    const auto heads = heads_of(pipeline, std::move(outlets[*place]));
    const auto lead = [&](inlets& from) { from.insert(from.end(), heads.begin(), heads.end()); };
    for (const auto& name : pipeline.from) lead(of_sources[name]);
    for (const auto& each : upstreams[*place])
      if (each.rejected_by.empty()) lead(outlets[each.pipeline]);
  }
  for (auto& [name, source] : sources_) source->outlets().lead_to(std::move(of_sources[name]));
}

// What is pushed to by those whom the pipeline reads.
inlets gateway::heads_of(const config::pipeline& pipeline, inlets outlets) {
  if (const auto chain = chains_.find(pipeline.name); chain != chains_.end()) {
    chain->second->outlets().lead_to(std::move(outlets));
    outlets = {chain->second};
  }
  if (pipeline.when.empty()) return outlets;
  auto made = std::make_shared<gate>(pipeline.when);
  made->outlets().lead_to(std::move(outlets));
  return {made};
}

// Where a pipeline's batches go in the end.
inlets gateway::routes_of(const config::pipeline& pipeline) {
  if (pipeline.to.empty()) return {};
  if (pipeline.buffer.type == config::buffer_type::disk) return {spool_heads_.at(pipeline.name)};
  inlets heads;
  for (const auto& each : ways_)
    if (each.pipeline == pipeline.name && each.memory != nullptr && !each.is_ended)
      heads.push_back(each.memory);
  return heads;
}

// The ways into the spool, and who tells what was discarded on the ways behind them.
void gateway::make_heads(bool is_start) {
  tell_last_gaps();
  gap_reporters_.clear();
  spool_heads_.clear();
  for (const auto& pipeline : options_.pipelines) {
    if (pipeline.to.empty()) continue;
    std::shared_ptr<spool_inlet> head;
    if (pipeline.buffer.type == config::buffer_type::disk) {
      head = std::make_shared<spool_inlet>();
      head->open(stores_.spool->add_stream(pipeline.name, commit_rule_of(pipeline.buffer)));
      spool_heads_[pipeline.name] = head;
    }
    auto* gaps = pipeline.buffer.report_gaps ? &gap_reporters_.emplace_back(options_.tags) : nullptr;
    for (const auto& each : ways_) {
      if (each.pipeline != pipeline.name || each.is_ended) continue;
      if (gaps == nullptr) continue;
      const bool is_counted_by_spool = is_start && each.reader != nullptr;
      gaps->add_route(
          each.name(), *each.waiting,
          is_counted_by_spool ? each.reader->discarded_earlier() : each.waiting->ledger().discarded_by,
          head != nullptr ? static_cast<inlet&>(*head) : *each.memory);
    }
  }
}

}  // namespace tidegate::pipeline
