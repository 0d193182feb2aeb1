// Samples that try what an encoder may stumble over, the same ones for the same seed.
#pragma once

#include <bit>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/text.hpp"
#include "support.hpp"

namespace tidegate::codec {

class random_samples {
 public:
  explicit random_samples(std::uint64_t seed) : random_{seed} {}

  void fill(batch_builder& builder) {
    std::vector<std::uint32_t> series;
    for (int index = 0; index < 4; ++index) series.push_back(make_series(builder));
    for (auto left = below(20); left > 0; --left) {
      // A sample_builder wants names that live as long as it does.
      std::vector<std::string> names;
      for (auto field = below(7); field > 0; --field) names.push_back("f" + std::to_string(field) + text());
      auto sample = builder.sample(series[below(4)], static_cast<std::int64_t>(random_()));
      for (const auto& name : names) add_field(sample, name);
    }
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  std::uint32_t make_series(batch_builder& builder) {
    std::vector<std::string> texts;
    for (int index = 0; index < 6; ++index) texts.push_back(text());
    std::vector<tag_view> tags;
    for (std::size_t index = 0; index < below(4); ++index) tags.push_back({texts[index], texts[index + 1]});
    for (auto& tag : tags)
      if (tag.key.empty()) tag.key = "k";
    return builder.series("m" + texts[5], tags);
  }

  void add_field(batch_builder::sample_builder& sample, const std::string& name) {
    switch (below(7)) {
      case 0:
        sample.field(name, below(2) == 1);
        break;
      case 1:
        sample.field(name, static_cast<std::int64_t>(random_() >> below(64)));
        break;
      case 2:
        sample.field(name, static_cast<std::uint64_t>(random_() >> below(64)));
        break;
      case 3:
        sample.field(name, std::bit_cast<double>(random_()));
        break;
      case 4:
        sample.field(name, static_cast<double>(below(100'000)) / 100);
        break;
      case 5:
        sample.field(name, std::as_bytes(std::span<const char>{text()}));
        break;
      default:
        sample.field(name, std::string_view{text()});
        break;
    }
  }

  // Mostly awkward.
  std::string text() {
    constexpr std::string_view pieces[] = {
        "a",      "\"",     "\\",         "\n",           "\x01",    "\xFF", "\xE2\x82",
        "\u00B5", "\u2028", "\U0001F600", "\xED\xA0\x80", "\\u0000", "/",    "{}[],:"};
    std::string made;
    for (auto left = below(5); left > 0; --left) made += pieces[below(std::size(pieces))];
    if (below(50) == 0) made += std::string(20'000, 'x') + "\"";
    return made;
  }

  std::mt19937_64 random_;
};

inline std::string mended(std::string_view text) {
  std::string made;
  plain_text(text, [&](std::string_view piece) { made += piece; });
  return made;
}

}  // namespace tidegate::codec
