#include "config/diagnostics.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace tidegate::config {

namespace {

std::string_view file_of(const diagnostic& said) {
  return said.where.file ? std::string_view{*said.where.file} : std::string_view{};
}

bool stands_before(const diagnostic& a, const diagnostic& b) {
  return std::tuple{file_of(a), a.where.line, a.where.column} <
         std::tuple{file_of(b), b.where.line, b.where.column};
}

}  // namespace

std::string to_string(const diagnostic& said) {
  auto line = to_string(said.where);
  line += said.level == diagnostic::severity::error ? ": error: " : ": warning: ";
  if (!said.path.empty()) line += said.path + ": ";
  return line + said.text;
}

void diagnostics::error(position where, std::string path, std::string text) {
  all_.push_back({std::move(where), std::move(path), std::move(text), diagnostic::severity::error});
  ++errors_;
}

void diagnostics::warning(position where, std::string path, std::string text) {
  all_.push_back({std::move(where), std::move(path), std::move(text), diagnostic::severity::warning});
}

std::vector<diagnostic> diagnostics::sorted() const {
  auto all = all_;
  std::stable_sort(all.begin(), all.end(), stands_before);
  return all;
}

}  // namespace tidegate::config
