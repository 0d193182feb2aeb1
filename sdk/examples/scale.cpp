// A processor in forty lines: multiplies one numeric field. Batches without the field pass as they are.
#include <optional>
#include <string>
#include <vector>

#include "tidegate/plugin.hpp"

class scale {
 public:
  static constexpr tidegate::component info{
      .name = "scale", .summary = "Multiplies a field by a factor.", .options = R"({
        "properties": {
          "field": {"type": "string", "description": "The field to multiply."},
          "factor": {"type": "number", "description": "What to multiply it by."}
        },
        "required": ["field", "factor"]
      })"};

  scale(tidegate::processor_host host, const tidegate::options& options)
      : host_{host}, field_{options["field"].string()}, factor_{options["factor"].number()} {}

  // True passes the batch on unchanged; otherwise what was submitted goes on instead.
  bool process(tidegate::batch_view batch) {
    bool found = false;
    for (const auto sample : batch) found = found || sample.find(field_);
    if (!found) return true;
    for (const auto sample : batch) copy(sample);
    host_.submit(made_);
    made_.clear();
    return false;
  }

 private:
  void copy(const tidegate::sample_view& from) {
    tags_.assign(from.series().tags().begin(), from.series().tags().end());
    auto sample = made_.sample(made_.series(from.name(), tags_), from.time());
    for (const auto field : from) {
      const auto number = field.name == field_ ? field.value.number() : std::nullopt;
      if (number) {
        sample.field(field.name, *number * factor_);
      } else {
        sample.field(field.name, field.value);
      }
    }
  }

  tidegate::processor_host host_;
  std::string field_;
  double factor_;
  tidegate::batch_builder made_;
  std::vector<tidegate::tag_view> tags_;
};

TIDEGATE_PLUGIN("scale", "1.0.0", tidegate::processor<scale>)
