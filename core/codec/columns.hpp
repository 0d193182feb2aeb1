// Which fields of a shape are written, and as what.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "codec/settings.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::codec {

// A field of a shape by its index, or, with no_column, one that was chosen and is not there.
struct chosen_column {
  std::string_view name;  // in the payload
  std::uint32_t index;
  tidegate::type type;
};
constexpr std::uint32_t no_column = UINT32_MAX;

// Finds the columns of shapes. Keeps its memory; one thread at a time.
class column_chooser {
 public:
  // In the order of the payload, no name twice: of two fields with one name the first counts. Fields that
  // were chosen but are not there are listed if `with_missing`. Valid until the next call.
  const std::vector<chosen_column>& choose(const shape_view& shape, const selection& fields,
                                           bool with_missing);

 private:
  void choose_all(const shape_view& shape);

  std::vector<chosen_column> chosen_;
  std::vector<std::uint32_t> order_;
  std::vector<char> repeated_;
};

// The index of the first field of that name, or no_column.
std::uint32_t find_column(const shape_view& shape, std::string_view name) noexcept;

}  // namespace tidegate::codec
