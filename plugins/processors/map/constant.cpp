#include "constant.hpp"

#include <charconv>
#include <span>

namespace tidegate::map {

namespace {

template <class Number>
void append_number(std::string& to, Number number) {
  char digits[32];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

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
