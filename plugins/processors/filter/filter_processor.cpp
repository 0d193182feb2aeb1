#include "filter_processor.hpp"

#include <algorithm>

namespace tidegate::filter {

namespace {

std::vector<condition> conditions(const options& given) {
  std::vector<condition> all;
  if (given.type() == TIDEGATE_TYPE_MAP) all.emplace_back(given);
  if (given.type() == TIDEGATE_TYPE_LIST)
    for (std::uint32_t index = 0; index < given.size(); ++index) all.emplace_back(given[index]);
  return all;
}

bool any_holds(std::vector<condition>& of, const sample_view& sample) {
  return std::any_of(of.begin(), of.end(), [&](condition& each) { return each.holds(sample); });
}

}  // namespace

filter_processor::filter_processor(processor_host host, const options& given)
    : keep_{conditions(given["keep"])},
      drop_{conditions(given["drop"])},
      out_{host},
      dropped_{host.counter("samples_dropped_total", "Samples that the filter has dropped.")} {
  if (keep_.empty() && drop_.empty())
    throw configuration_error(
        "keep", "is missing, and so is 'drop'; say what is to pass, such as 'keep: {name: cpu}'");
}

bool filter_processor::is_kept(const sample_view& sample) {
  return (keep_.empty() || any_holds(keep_, sample)) && !any_holds(drop_, sample);
}

bool filter_processor::process(batch_view batch) {
  if (out_.resumes()) return false;
  for (auto& each : keep_) each.begin(batch);
  for (auto& each : drop_) each.begin(batch);
  sieve_.begin(batch);
  for (const auto sample : batch) is_kept(sample) ? sieve_.keep() : sieve_.drop();
  dropped_.add(sieve_.dropped());
  return sieve_.send();
}

}  // namespace tidegate::filter
