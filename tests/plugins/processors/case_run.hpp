// What a step makes of input that is written down: see cases_test.cpp.
#pragma once

#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "codec/encoder.hpp"
#include "config/units.hpp"
#include "config/yaml.hpp"
#include "driver.hpp"

namespace tidegate::testing {

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void add_field(batch_builder::sample_builder& to, const std::string& name, const config::node& given) {
  const auto& text = given.text;
  const auto limits = std::numeric_limits<double>{};
  if (given.quoted) {
    to.field(name, std::string_view{text});
  } else if (const auto flag = config::parse_boolean(text)) {
    to.field(name, *flag);
  } else if (const auto whole = config::parse_integer(text)) {
    to.field(name, *whole);
  } else if (text.ends_with('u')) {
    to.field(name, std::uint64_t{std::stoull(text)});
  } else if (text == "nan") {
    to.field(name, limits.quiet_NaN());
  } else if (text == "-nan") {
    to.field(name, std::copysign(limits.quiet_NaN(), -1.0));
  } else if (text == "inf" || text == "-inf") {
    to.field(name, text == "inf" ? limits.infinity() : -limits.infinity());
  } else {
    to.field(name, config::parse_number(text).value());
  }
}

inline void add_sample(batch_builder& to, const std::string& line) {
  config::diagnostics said;
  const auto tree = config::parse_yaml(line, std::make_shared<const std::string>("input"), said).value();
  std::vector<tag_view> tags;
  if (const auto* given = tree.find("tags"))
    for (const auto& tag : given->value.entries) tags.push_back({tag.key, tag.value.text});
  const auto time = config::parse_integer(tree.find("time")->value.text).value() * 1'000'000;
  auto sample = to.sample(to.series(tree.find("name")->value.text, tags), time);
  for (const auto& field : tree.find("fields")->value.entries) add_field(sample, field.key, field.value);
}

class case_run {
 public:
  case_run(const std::string& step, const std::string& input) : step_{step} {
    step_.passed = [this](const batch_ref& batch) { append(batch); };
    for (const auto& problem : step_.problems()) out_ += "# " + problem + "\n";
    if (!step_.works()) return;
    std::istringstream lines{input};
    for (std::string line; std::getline(lines, line);) take(line);
    send();
    samples_ = out_;
    tell_the_end();
  }
  // What came out, and then what was counted and logged.
  const std::string& text() const { return out_; }
  // What came out before the step was stopped.
  const std::string& samples() const { return samples_; }

 private:
  void tell_the_end() {
    out_ += "# stop\n";
    step_.stop();
    step_.start();
    for (const auto& failure : step_.failures) out_ += "# failure: " + failure + "\n";
    step_.metrics.visit([&](const auto&, const auto& name, const auto&, const auto& metric) {
      std::ostringstream value;
      value << metric.value();
      out_ += "# " + name + " " + value.str() + "\n";
    });
    for (const auto& line : step_.log.lines) out_ += "# " + line + "\n";
  }

  void append(const batch_ref& batch) {
    const tidegate_slice slice{batch.block(), 0, batch.view().size()};
    encoder_->encode({&slice, 1}, 0, slice.count, out_);
  }
  void take(const std::string& line) {
    if (line.starts_with("{")) return add_sample(batch_, line);
    send();
    if (line == "# restart") step_.restart();
    if (line == "# no memory") step_.memory_is_out = true;
    if (line == "# empty") step_.process(batch_builder{});
    if (line.starts_with("# advance ")) step_.advance(config::parse_duration(line.substr(10)).value.value());
  }
  void send() {
    if (batch_.empty()) return;
    step_.process(batch_, 2);
    batch_.clear();
  }

  driver step_;
  batch_builder batch_;
  std::string out_;
  std::string samples_;
  std::unique_ptr<codec::encoder> encoder_ =
      codec::make_encoder(options_of({{"type", "ndjson"},
                                      {"time", map({{"as", "time"}, {"format", "epoch_ms"}})},
                                      {"not_a_number", "text"}}));
};

}  // namespace tidegate::testing
