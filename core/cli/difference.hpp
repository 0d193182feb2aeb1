// Two lists beside each other, as diff shows files.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace tidegate::cli {

struct difference_line {
  enum class kind { same, missing, unexpected };
  kind is;
  std::size_t index;  // in the list that came, or of what is missing, in that which was expected
};

// The longest part that both have in common, and what the one lacks and the other has besides, in order.
// Lists whose product is beyond some millions are compared place by place.
std::vector<difference_line> difference(std::size_t expected, std::size_t came,
                                        const std::function<bool(std::size_t, std::size_t)>& fits);

}  // namespace tidegate::cli
