// What only all pipelines together can be wrong in: their names, their ends, and circles.
#include <algorithm>

#include "config/flow_order.hpp"
#include "config/instance_check.hpp"
#include "config/message.hpp"
#include "config/pipeline_check.hpp"

namespace tidegate::config {

void pipeline_checker::check_together(const std::vector<pipeline>& all) {
  check_names();
  check_ends();
  check_circles(all);
  warn_of_weak_branches(all);
}

// What a durable pipeline's sink rejects stays in the spool until the branch has it safe.
void pipeline_checker::warn_of_weak_branches(const std::vector<pipeline>& all) const {
  const auto is_durable = [](const pipeline& of) { return of.buffer.type == buffer_type::disk; };
  const auto is_named = [&](const std::string& name) {
    return [&name](const pipeline& each) { return each.name == name; };
  };
  for (const auto& each : edges_) {
    const auto reader = std::find_if(all.begin(), all.end(), is_named(each.to));
    if (!each.is_rejected || reader == all.end() || is_durable(*reader) || reader->to.empty()) continue;
    const auto writer = std::find_if(all.begin(), all.end(), [&](const pipeline& other) {
      return is_durable(other) && std::find(other.to.begin(), other.to.end(), each.from) != other.to.end();
    });
    if (writer != all.end())
      with_.said.warning(each.where, each.path,
                         "what '" + writer->name +
                             "' keeps on disk stays there until this pipeline, which has it "
                             "in memory, has delivered it; give it 'buffer: {type: disk}'");
  }
}

// In `from` a name must mean one thing.
void pipeline_checker::check_names() const {
  for (const auto& name : pipelines_.names)
    if (const auto found = sources_.places.find(name); found != sources_.places.end())
      with_.said.error(pipelines_.places.at(name), child_path("pipelines", name),
                       "has the name of the source at " + to_string(found->second) +
                           ", and 'from' could mean either; choose another");
}

// A pipeline without sinks is there for those that read it.
void pipeline_checker::check_ends() {
  for (const auto& each : ends_nowhere_) {
    const bool is_read = std::any_of(edges_.begin(), edges_.end(),
                                     [&](const edge& to) { return !to.is_rejected && to.from == each.name; });
    const auto* buffer = each.checked.find("buffer");
    const auto* type = buffer == nullptr ? nullptr : buffer->find("type");
    all_right_ = all_right_ && is_read;
    if (!is_read)
      with_.said.error(each.checked.where, child_path(each.path, "to"),
                       "is required but missing; add it, such as 'to: [archive]'");
    else if (type != nullptr && text_of(*type) == "disk")
      with_.said.error(type->where, child_path(each.path, "buffer.type"),
                       "has nothing to keep: the pipeline has no sinks, and those that read it have buffers "
                       "of their own; remove it");
  }
}

// One after the other, each told at one of its edges, which then counts as taken out.
void pipeline_checker::check_circles(const std::vector<pipeline>& all) {
  auto upstreams = upstreams_of(all);
  while (true) {
    const auto order = flow_order(upstreams);
    if (order.size() == all.size()) return;
    std::vector<bool> is_ordered(all.size());
    for (const auto place : order) is_ordered[place] = true;
    // Whoever is not in the order reads one that is not either: against the flow there is always a next.
    const auto next_of = [&](std::size_t place) {
      return std::find_if(upstreams[place].begin(), upstreams[place].end(),
                          [&](const upstream& each) { return !is_ordered[each.pipeline]; });
    };
    std::vector<std::size_t> way;
    auto place =
        static_cast<std::size_t>(std::find(is_ordered.begin(), is_ordered.end(), false) - is_ordered.begin());
    while (std::find(way.begin(), way.end(), place) == way.end()) {
      way.push_back(place);
      place = next_of(place)->pipeline;
    }
    way.erase(way.begin(), std::find(way.begin(), way.end(), place));
    // Told from the first of them in the file on.
    std::rotate(way.begin(), std::min_element(way.begin(), way.end()), way.end());
    std::string circle = all[way.front()].name;
    for (const auto each : way) {
      const auto from = next_of(each);
      const auto through = from->rejected_by.empty() ? "" : from->rejected_by + ".rejected -> ";
      circle = all[from->pipeline].name + " -> " + through + circle;
    }
    const auto closing = next_of(way.front());
    report_circle(all[way.front()].name, all[closing->pipeline].name, closing->rejected_by, circle);
    upstreams[way.front()].erase(closing);
  }
}

void pipeline_checker::report_circle(const std::string& reader, const std::string& read,
                                     const std::string& rejected_by, const std::string& circle) const {
  const auto found = std::find_if(edges_.begin(), edges_.end(), [&](const edge& each) {
    return each.to == reader && each.is_rejected == !rejected_by.empty() &&
           each.from == (each.is_rejected ? rejected_by : read);
  });
  with_.said.error(found->where, found->path,
                   "samples would go round in a circle, " + circle + "; lead one of these elsewhere");
}

}  // namespace tidegate::config
