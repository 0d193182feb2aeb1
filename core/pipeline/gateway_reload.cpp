// Another configuration for a gateway that runs: as a whole, or not at all.
#include <utility>

#include "pipeline/gateway_parts.hpp"

namespace tidegate::pipeline {

config::difference gateway::reload(config::gateway next, const opener& open, config::diagnostics& said) {
  const auto what = config::difference_between(config::identities_of(options_), config::identities_of(next));
  refuse_what_is_fixed(next, said);
  if (said.has_errors()) return what;
  auto parts = make_parts(next, said);
  if (said.has_errors()) return what;
  if (what.is_none() && parts.identities.empty()) {
    options_.shutdown_timeout = next.shutdown_timeout;
    return what;
  }
  if (!open_stores(next, open, said)) return what;
  auto before = options_;
  if (!change_to(std::move(next), std::move(parts), said)) go_back(std::move(before));
  list_workers();
  return what;
}

// What all instances, or the log on disk, were made with.
void gateway::refuse_what_is_fixed(const config::gateway& next, config::diagnostics& said) const {
  const auto refuse = [&](bool is_same, const std::string& option) {
    if (is_same) return;
    const auto place = next.places.find(option);
    const auto before = options_.places.find(option);
    said.error(place != next.places.end()        ? place->second
               : before != options_.places.end() ? before->second
                                                 : config::position{},
               option, "is another one than the gateway runs with, which needs a restart");
  };
  refuse(next.id == options_.id, "gateway.id");
  refuse(next.state_path == options_.state_path, "state.path");
  refuse(next.plugin_paths == options_.plugin_paths, "plugins.paths");
  refuse(next.log.format == options_.log.format, "log.format");
  refuse(next.spool.path == options_.spool.path, "spool.path");
  refuse(next.spool.max_bytes == options_.spool.max_bytes, "spool.max_size");
  refuse(next.spool.min_free_bytes == options_.spool.min_free_bytes, "spool.min_free");
}

bool gateway::open_stores(const config::gateway& next, const opener& open, config::diagnostics& said) {
  if (stores_.spool != nullptr || !config::has_durable(next)) return true;
  std::string problem = "needs a spool, which this gateway has not";
  if (open) stores_ = open(config::durable_routes(next), problem);
  if (stores_.spool != nullptr) return true;
  for (const auto& each : next.pipelines)
    if (each.buffer.type == config::buffer_type::disk)
      said.error(each.where, "pipelines." + each.name + ".buffer", problem);
  return false;
}

// What did not change runs on; what was exchanged is exchanged back.
void gateway::go_back(config::gateway before) {
  environment_.log.warning("", "reload: going back to the configuration before");
  config::diagnostics said;
  auto parts = make_parts(before, said);
  if (!said.has_errors()) change_to(std::move(before), std::move(parts), said);
  resume_sources();
  forget_retired();
  for (const auto& each : said.sorted())
    environment_.log.error("", "reload: cannot go back wholly: " + config::to_string(each));
}

}  // namespace tidegate::pipeline
