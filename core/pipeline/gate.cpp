#include "pipeline/gate.hpp"

#include <vector>

#include "pipeline/copied_samples.hpp"
#include "pipeline/selection.hpp"

namespace tidegate::pipeline {

bool gate::push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) {
  const auto view = batch.view();
  selection takes{wanted_, view};
  std::uint32_t first_refused = 0;
  while (first_refused < view.size() && takes.takes(view[first_refused])) ++first_refused;
  if (first_refused == view.size()) return outlets_.push(batch, claim, giving_up);

  std::vector<std::uint32_t> taken(first_refused);
  for (std::uint32_t index = 0; index < first_refused; ++index) taken[index] = index;
  for (auto index = first_refused + 1; index < view.size(); ++index)
    if (takes.takes(view[index])) taken.push_back(index);
  if (taken.empty()) return true;
  batch_builder builder;
  copy_samples(view, taken, builder);
  const auto part = make_batch_of(builder);
  return part && outlets_.push(part, claim, giving_up);
}

}  // namespace tidegate::pipeline
