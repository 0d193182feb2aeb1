#include "text_form.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace tidegate::console_sink {
namespace {

void append_escaped(std::string_view text, std::string& to) {
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (c == '\n') {
      to += "\\n";
    } else if (c == '\t') {
      to += "\\t";
    } else if (code < 0x20 || code == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", code);
      to += escape;
    } else {
      to += c;
    }
  }
}

template <class Number>
void append_number(Number value, std::string& to) {
  char text[32];
  to.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void append_value(const field_value& value, std::string& to) {
  switch (value.type()) {
    case type::boolean:
      to += value.as_boolean() ? "true" : "false";
      break;
    case type::i64:
      append_number(value.as_i64(), to);
      break;
    case type::u64:
      append_number(value.as_u64(), to);
      break;
    case type::f64:
      append_number(value.as_f64(), to);
      break;
    case type::bytes:
      to += "0x";
      append_hexadecimal(value.as_text(), to);
      break;
    case type::string:
      to += '"';
      append_escaped(value.as_text(), to);
      to += '"';
      break;
  }
}

void append_time(std::int64_t time, std::string& to) {
  constexpr std::int64_t second = 1'000'000'000;
  auto nanoseconds = time % second;
  if (nanoseconds < 0) nanoseconds += second;
  const auto seconds = static_cast<std::time_t>((time - nanoseconds) / second);
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  const auto length = std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min,
                                    local.tm_sec, static_cast<int>(nanoseconds / 1'000'000));
  to.append(text, static_cast<std::size_t>(length));
}

void append_tags(const sample_view& sample, std::string& to) {
  char separator = '{';
  for (const auto tag : sample.series().tags()) {
    to += separator;
    append_escaped(tag.key, to);
    to += '=';
    append_escaped(tag.value, to);
    separator = ',';
  }
  if (separator == ',') to += '}';
}

}  // namespace

void append_text(const sample_view& sample, std::string& to) {
  append_time(sample.time(), to);
  to += ' ';
  append_escaped(sample.name(), to);
  append_tags(sample, to);
  for (const auto field : sample) {
    to += ' ';
    append_escaped(field.name, to);
    to += '=';
    append_value(field.value, to);
  }
  to += '\n';
}

void append_hexadecimal(std::string_view bytes, std::string& to) {
  constexpr char digits[] = "0123456789abcdef";
  for (const char c : bytes) {
    to += digits[static_cast<unsigned char>(c) >> 4];
    to += digits[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace tidegate::console_sink
