// "Did you mean": the nearest of a list of names.
#include <algorithm>
#include <array>

#include "config/message.hpp"

namespace tidegate::config {

namespace {

// Longer words are nobody's typing error, and the work grows with the square.
constexpr std::size_t word_bytes_max = 64;
constexpr std::size_t candidates_max = 1000;

// Case and the kind of dash are no difference.
std::string folded(std::string_view word) {
  std::string same{word};
  for (auto& letter : same) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (letter == '-') letter = '_';
  }
  return same;
}

// Edits (insert, delete, replace, swap of neighbours) that make `b` of `a`: optimal string alignment.
std::size_t edits(std::string_view a, std::string_view b) {
  using row = std::array<std::size_t, word_bytes_max + 1>;
  row before_last{};
  row last{};
  row now{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({replaced, last[j] + 1, now[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = now;
  }
  return last[b.size()];
}

bool begins(std::string_view whole, std::string_view part) {
  return part.size() >= 3 && whole.starts_with(part);
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > word_bytes_max || candidates.size() > candidates_max) return {};
  const auto wanted = folded(word);
  const std::string* best = nullptr;
  auto least = std::max<std::size_t>(1, word.size() / 3) + 1;
  const std::string* longer = nullptr;
  for (const auto& candidate : candidates) {
    if (candidate.empty() || candidate.size() > word_bytes_max) continue;
    const auto name = folded(candidate);
    // A word of one or two letters has no letter to spare.
    const auto distance = edits(wanted, name);
    if (distance < least && distance < std::max<std::size_t>(wanted.size(), 1)) {
      least = distance;
      best = &candidate;
    }
    if (longer == nullptr && (begins(name, wanted) || begins(wanted, name))) longer = &candidate;
  }
  if (best == nullptr) best = longer;
  return best == nullptr ? std::string{} : *best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  if (const auto meant = nearest(word, candidates); !meant.empty())
    return "; did you mean " + in_quotes(meant) + "?";
  if (candidates.empty()) return "; none are known here";
  return "; known are: " + listed(candidates);
}

}  // namespace tidegate::config
