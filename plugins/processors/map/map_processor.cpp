#include "map_processor.hpp"

#include <algorithm>

namespace tidegate::map {

map_processor::map_processor(processor_host host, const options& given)
    : series_{series::selection{given}},
      tags_{given},
      fields_{given},
      out_{host},
      dropped_{host.counter("samples_dropped_total", "Samples of which no field was left.")},
      left_out_{host.counter("values_left_out_total", "Values that could not be converted.")} {
  for (const auto* group : {"remove", "rename", "copy", "convert", "defaults", "add"})
    if (given.has(group)) return;
  throw configuration_error(
      "rename",
      "is missing, and so are 'remove', 'copy', 'convert', 'defaults' and 'add'; say what is "
      "to change, such as 'rename: {name: boiler}'");
}

bool map_processor::process(batch_view batch) {
  if (out_.resumes()) return false;
  series_.begin(batch);
  if (std::none_of(batch.begin(), batch.end(), [&](const sample_view& each) { return series_.holds(each); }))
    return true;
  out_.begin(batch);
  tags_.begin(batch);
  fields_.begin(batch);
  std::uint32_t left_out = 0;
  std::uint32_t dropped = 0;
  for (const auto sample : batch) {
    if (!series_.holds(sample)) {
      out_.copy(sample);
      continue;
    }
    if (sample.size() != 0 && !fields_.leaves_any(sample)) {
      ++dropped;
      continue;
    }
    auto made = out_.sample(tags_.series_of(sample, out_), sample.time());
    left_out += fields_.put(sample, made);
  }
  left_out_.add(left_out);
  dropped_.add(dropped);
  out_.send();
  return false;
}

}  // namespace tidegate::map
