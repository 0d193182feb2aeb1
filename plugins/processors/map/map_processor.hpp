// The processor `map`: what README.md describes.
#pragma once

#include "field_plan.hpp"
#include "schema.hpp"
#include "series/outlet.hpp"
#include "series/selection.hpp"
#include "tag_plan.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::map {

// Passes a batch on untouched if no sample of it is meant.
class map_processor {
 public:
  static constexpr component info{
      .name = "map",
      .summary = "Renames, converts, copies, adds and removes names, tags and fields.",
      .options = schema::options};

  map_processor(processor_host host, const options& given);
  bool process(batch_view batch);

 private:
  series::chosen_series series_;
  tag_plan tags_;
  field_plan fields_;
  series::outlet out_;
  metric dropped_;
  metric left_out_;
};

}  // namespace tidegate::map
