#include "codec/columns.hpp"

#include <algorithm>

namespace tidegate::codec {

std::uint32_t find_column(const shape_view& shape, std::string_view name) noexcept {
  for (std::uint32_t index = 0; index < shape.size(); ++index)
    if (shape[index].name == name) return index;
  return no_column;
}

const std::vector<chosen_column>& column_chooser::choose(const shape_view& shape, const selection& fields,
                                                         bool with_missing) {
  chosen_.clear();
  if (fields.all) {
    choose_all(shape);
    return chosen_;
  }
  for (const auto& field : fields.chosen) {
    const auto index = find_column(shape, field.source);
    if (index != no_column)
      chosen_.push_back({field.output, index, shape[index].type});
    else if (with_missing)
      chosen_.push_back({field.output, no_column, type::boolean});
  }
  return chosen_;
}

// Sorted, so that a shape with very many fields takes no time that grows with their square.
void column_chooser::choose_all(const shape_view& shape) {
  order_.resize(shape.size());
  repeated_.assign(shape.size(), 0);
  for (std::uint32_t index = 0; index < shape.size(); ++index) order_[index] = index;
  std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto order = shape[a].name.compare(shape[b].name);
    return order != 0 ? order < 0 : a < b;
  });
  for (std::size_t place = 1; place < order_.size(); ++place)
    if (shape[order_[place]].name == shape[order_[place - 1]].name) repeated_[order_[place]] = 1;
  for (std::uint32_t index = 0; index < shape.size(); ++index)
    if (repeated_[index] == 0) chosen_.push_back({shape[index].name, index, shape[index].type});
}

}  // namespace tidegate::codec
