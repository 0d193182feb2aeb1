#include "config/flow_order.hpp"

#include <map>

namespace tidegate::config {

std::vector<std::vector<upstream>> upstreams_of(const std::vector<pipeline>& all) {
  std::map<std::string, std::size_t> places;
  std::map<std::string, std::vector<std::size_t>> writers;  // by sink
  for (std::size_t place = 0; place < all.size(); ++place) {
    places.emplace(all[place].name, place);
    for (const auto& sink : all[place].to) writers[sink].push_back(place);
  }
  std::vector<std::vector<upstream>> made(all.size());
  for (std::size_t place = 0; place < all.size(); ++place) {
    for (const auto& name : all[place].from_pipelines)
      if (const auto found = places.find(name); found != places.end())
        made[place].push_back({found->second, {}});
    for (const auto& sink : all[place].from_rejected)
      for (const auto writer : writers[sink]) made[place].push_back({writer, sink});
  }
  return made;
}

std::vector<std::size_t> flow_order(const std::vector<std::vector<upstream>>& of) {
  std::vector<std::vector<std::size_t>> readers(of.size());
  std::vector<std::size_t> missing(of.size());  // how many that it reads are not in the order yet
  std::vector<std::size_t> order;
  order.reserve(of.size());
  for (std::size_t place = 0; place < of.size(); ++place) {
    missing[place] = of[place].size();
    for (const auto& each : of[place]) readers[each.pipeline].push_back(place);
    if (missing[place] == 0) order.push_back(place);
  }
  for (std::size_t next = 0; next < order.size(); ++next)
    for (const auto reader : readers[order[next]])
      if (--missing[reader] == 0) order.push_back(reader);
  return order;
}

}  // namespace tidegate::config
