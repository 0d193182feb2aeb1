#include "series/plain_value.hpp"

#include <cstddef>
#include <span>

namespace tidegate::series {

plain_value plain_value::of(const field_value& value) noexcept {
  if (value.type() == type::string || value.type() == type::bytes) return {value.type(), 0, value.as_text()};
  return {value.type(), value.as_u64(), {}};
}

void plain_value::put(batch_builder::sample_builder& to, std::string_view name) const {
  switch (type) {
    case type::boolean:
      to.field(name, slot != 0);
      break;
    case type::i64:
      to.field(name, static_cast<std::int64_t>(slot));
      break;
    case type::u64:
      to.field(name, slot);
      break;
    case type::f64:
      to.field(name, std::bit_cast<double>(slot));
      break;
    case type::string:
      to.field(name, text);
      break;
    case type::bytes:
      to.field(name, std::as_bytes(std::span{text.data(), text.size()}));
      break;
  }
}

}  // namespace tidegate::series
