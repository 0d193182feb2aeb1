#include "constant.hpp"

#include <bit>
#include <charconv>

namespace tidegate::map {

namespace {

template <class Number>
void append_number(std::string& to, Number number) {
  char digits[32];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

constant::constant(const options& given) {
  switch (given.type()) {
    case TIDEGATE_TYPE_BOOL:
      plain_ = plain_value::of(given.boolean());
      break;
    case TIDEGATE_TYPE_I64:
      plain_ = plain_value::of(given.integer());
      break;
    case TIDEGATE_TYPE_F64:
      plain_ = plain_value::of(given.number());
      break;
    default:
      plain_ = plain_value::of(std::string_view{});
      text_ = given.string();
  }
}

plain_value constant::value() const noexcept {
  auto made = plain_;
  made.text = text_;
  return made;
}

void append_text(std::string& to, const plain_value& value) {
  switch (value.type) {
    case type::boolean:
      to += value.slot != 0 ? "true" : "false";
      break;
    case type::i64:
      append_number(to, static_cast<std::int64_t>(value.slot));
      break;
    case type::u64:
      append_number(to, value.slot);
      break;
    case type::f64:
      append_number(to, std::bit_cast<double>(value.slot));
      break;
    default:
      to += value.text;
  }
}

}  // namespace tidegate::map
