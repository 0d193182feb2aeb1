// Pieces of messages: how values and names are shown in one line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::config {

// The text on one line: control characters as \n, \t or \x1b, and cut after 60 bytes.
std::string shown(std::string_view text);

// 'text', as shown() has it.
std::string in_quotes(std::string_view text);

// "a, b, c"; after 24 names "and 7 more".
std::string listed(const std::vector<std::string>& names);

// The path of an option inside another: "tls" + "key" is "tls.key".
std::string child_path(const std::string& path, std::string_view key);
std::string child_path(const std::string& path, std::size_t index);

// The name in `candidates` that was probably meant by `word`, or empty: the same but for case, '-' and '_';
// a few letters wrong; a beginning of it.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// "; did you mean 'path'?", or "; known are: a, b, c".
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tidegate::config
