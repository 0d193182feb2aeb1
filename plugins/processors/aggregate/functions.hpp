// Which functions are wanted, and what has to be remembered of a field for them: nothing else is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidegate/options.hpp"

namespace tidegate::aggregate {

enum class kind { count, sum, mean, min, max, stddev, first, last, increase, rate, percentile };

struct function {
  kind what;
  std::string name;     // "mean", "p99_9": what the field's name ends with
  double fraction = 0;  // of a percentile
};

// Where the parts of a field's memory lie in its words: 0 where a part is not wanted. Immutable.
class functions {
 public:
  // From a list such as [mean, p95]. Throws tidegate::error, configuration.
  explicit functions(const options& given);

  const std::vector<function>& all() const noexcept { return all_; }
  bool want(kind what) const noexcept;

  // Words 0 and 1 of every field are its id with the count of all values, and the count of numbers.
  std::uint32_t sum = 0;
  std::uint32_t moments = 0;  // mean, and sum of squares of differences from it
  std::uint32_t min = 0;
  std::uint32_t max = 0;
  std::uint32_t first = 0;    // time, slot, type
  std::uint32_t last = 0;     // the same
  std::uint32_t counter = 0;  // first time and value, last time and value, increase between them
  std::uint32_t extra = 0;    // index + 1 of what does not fit words
  std::uint32_t size = 2;
  bool has_percentiles = false;

 private:
  void add(const options& given);
  void lay_out();
  std::uint32_t take(bool wanted, std::uint32_t words);

  std::vector<function> all_;
};

}  // namespace tidegate::aggregate
