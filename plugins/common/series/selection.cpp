#include "series/selection.hpp"

namespace tidegate::series {

selection::selection(const options& given) : name_{given["name"]} {
  const auto tags = given["tags"];
  for (std::uint32_t index = 0; index < tags.size(); ++index)
    tags_.push_back({std::string{tags.key(index)}, patterns{tags[index]}});
}

bool selection::holds(const series_view& series) const noexcept {
  if (!name_.fit(series.name())) return false;
  for (const auto& wanted : tags_) {
    const auto value = series.tag(wanted.key);
    if (!value || !wanted.value.fit(*value)) return false;
  }
  return true;
}

}  // namespace tidegate::series
