#include "fields_processor.hpp"

namespace tidegate::fields {

fields_processor::fields_processor(processor_host host, const options& given)
    : has_keep_{given.has("keep")},
      has_drop_{given.has("drop")},
      keep_{given["keep"]},
      drop_{given["drop"]},
      series_{series::selection{given}},
      out_{host},
      dropped_{host.counter("samples_dropped_total", "Samples of which no field was left.")} {
  if (!has_keep_ && !has_drop_)
    throw configuration_error(
        "keep", "is missing, and so is 'drop'; say which fields are to stay, such as 'keep: [usage]'");
}

bool fields_processor::is_kept(std::string_view field) const noexcept {
  return keep_.fit(field) && !(has_drop_ && drop_.fit(field));
}

std::span<const std::uint32_t> fields_processor::left_of(const sample_view& sample) {
  auto& known = parts_[sample.shape_index()];
  if (!known.is_known) {
    known = {static_cast<std::uint32_t>(columns_.size()), 0, true};
    const auto shape = sample.shape();
    for (std::uint32_t column = 0; column < shape.size(); ++column)
      if (is_kept(shape[column].name)) columns_.push_back(column);
    known.count = static_cast<std::uint32_t>(columns_.size()) - known.first;
  }
  return {columns_.data() + known.first, known.count};
}

bool fields_processor::process(batch_view batch) {
  if (out_.resumes()) return false;
  series_.begin(batch);
  parts_.assign(batch.shape_count(), {});
  columns_.clear();
  sieve_.begin(batch);
  for (const auto sample : batch) {
    if (!series_.holds(sample) || left_of(sample).size() == sample.size())
      sieve_.keep();
    else if (const auto left = left_of(sample); !left.empty())
      sieve_.keep(left);
    else
      sieve_.drop();
  }
  dropped_.add(sieve_.dropped());
  return sieve_.send();
}

}  // namespace tidegate::fields
