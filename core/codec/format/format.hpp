// How a frame becomes samples.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "codec/format/mapping.hpp"
#include "codec/format/sample_maker.hpp"
#include "codec/framing/framing.hpp"
#include "tidegate/options.hpp"

namespace tidegate::codec {

// Of one stream; one thread at a time.
class frame_reader {
 public:
  frame_reader() = default;
  frame_reader(const frame_reader&) = delete;
  frame_reader& operator=(const frame_reader&) = delete;
  virtual ~frame_reader() = default;

  // Adds the samples of a frame that came in at `arrival`. What cannot be read is a fault, which is counted,
  // and never an error.
  virtual void read(std::string_view frame, std::int64_t arrival) = 0;
};

// A format as configured, of which each stream has a reader of its own. Immutable.
class format_plan {
 public:
  format_plan(const options& format, std::string_view default_name) : mapping_{format, default_name} {}
  format_plan(const format_plan&) = delete;
  format_plan& operator=(const format_plan&) = delete;
  virtual ~format_plan() = default;

  virtual std::unique_ptr<frame_reader> open(sample_maker& to, fault_ledger& faults) const = 0;
  // The framing when none is configured; null: lines.
  virtual std::unique_ptr<const framing_plan> own_framing() const { return nullptr; }
  const mapping& what() const noexcept { return mapping_; }

 protected:
  mapping mapping_;
};

// By the value of a `format` option, which has been checked against format_schema(). `default_name` is the
// name of the series when the options give none. Throws tidegate::error (configuration) with a path
// relative to `format`.
std::unique_ptr<const format_plan> make_format(const options& format, std::string_view default_name);

// The schema of the option, as a JSON text: what {"$ref": "tidegate:format"} stands for.
std::string_view format_schema() noexcept;

}  // namespace tidegate::codec
