// Names and values as an operator writes them: "temp*", "cpu?", or a list of such, of which one must fit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidegate/options.hpp"

namespace tidegate::series {

// Whether the text is what the pattern says: * stands for any bytes, also none, ? for one.
bool fits(std::string_view pattern, std::string_view text) noexcept;

// Immutable; any thread. Matching allocates nothing.
class patterns {
 public:
  // Fits every text.
  patterns() = default;
  // A text or a list of texts; null fits every text. Throws tidegate::error, configuration, if one is empty.
  explicit patterns(const options& given);

  bool fit(std::string_view text) const noexcept;
  bool fit_everything() const noexcept { return all_.empty(); }

 private:
  void add(const options& given);

  std::vector<std::string> all_;
};

}  // namespace tidegate::series
