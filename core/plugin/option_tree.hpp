// The options of an instance as the ABI has them.
#pragma once

#include <memory>
#include <vector>

#include "config/value.hpp"
#include "tidegate/abi.h"

namespace tidegate::plugin {

// Owns the tree's nodes; texts are those of the value, which outlives it.
class option_tree {
 public:
  explicit option_tree(const config::value& from) : root_{convert(from)} {}
  option_tree(const option_tree&) = delete;
  option_tree& operator=(const option_tree&) = delete;

  const tidegate_value& root() const noexcept { return root_; }

 private:
  tidegate_value convert(const config::value& from);

  std::vector<std::unique_ptr<tidegate_value[]>> lists_;
  std::vector<std::unique_ptr<tidegate_entry[]>> maps_;
  tidegate_value root_;
};

}  // namespace tidegate::plugin
