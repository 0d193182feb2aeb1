// What a step hands on: samples of the batch before it, as they are or changed, and samples of its own.
//
//   bool process(batch_view batch) {
//     if (out_.resumes()) return false;
//     out_.begin(batch);
//     for (const auto sample : batch)
//       if (...) out_.copy(sample);
//     out_.send();
//     return false;
//   }
//
// Where the host has no memory for a batch, send() throws tidegate::temporary, and the host offers the same
// batch again. A step that has changed its state by then must not look at it twice: resumes() sends what is
// still there, and is true then.
//
// Series and shapes are looked up once a batch, and memory is kept: in a steady state nothing is allocated.
// One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tidegate/batch.hpp"
#include "tidegate/batch_builder.hpp"
#include "tidegate/host.hpp"

namespace tidegate::series {

class outlet {
 public:
  // What is sent at a time, at most, when a step makes much of little.
  static constexpr std::uint32_t samples_max = 10'000;

  explicit outlet(processor_host host) : host_{host} {}

  bool resumes();
  void begin(batch_view batch);
  // Without a batch, as in a tick.
  void begin();
  void copy(const sample_view& sample);
  // Only these columns of it, which ascend.
  void copy(const sample_view& sample, std::span<const std::uint32_t> columns);

  // Samples that are changed, or the step's own, by the index of a series.
  batch_builder::sample_builder sample(std::uint32_t series, std::int64_t time);
  std::uint32_t series_of(const sample_view& sample);
  std::uint32_t series(std::string_view name, std::span<const tag_view> tags);

  void send();
  // The same between samples, when there are many; what cannot be sent now waits for send().
  void send_much();
  // The same in a tick or at the end, where nothing is offered again: false if it waits for the next send.
  bool send_if_possible() { return try_to_send(); }
  bool empty() const noexcept { return builder_.empty(); }

 private:
  static constexpr std::uint32_t unknown = UINT32_MAX;
  // Shapes are found by looking at one after another.
  static constexpr std::uint32_t shapes_max = 256;
  // What became of a shape of the batch the last time that columns were left out.
  struct known_part {
    std::uint32_t index = unknown;
    std::vector<std::uint32_t> columns;
  };
  std::uint32_t shape_of(const sample_view& sample);
  std::uint32_t shape_of(const sample_view& sample, std::span<const std::uint32_t> columns);
  void forget();
  bool try_to_send();

  processor_host host_;
  batch_builder builder_;
  bool is_unsent_ = false;
  std::uint32_t series_made_ = 0;
  std::uint32_t series_used_ = 0;  // since the last begin
  std::uint32_t shapes_made_ = 0;
  std::vector<std::uint32_t> series_;  // by index in the batch
  std::vector<std::uint32_t> shapes_;
  std::vector<known_part> parts_;
  std::vector<tag_view> tags_;
  std::vector<shape_view::column> columns_;
};

}  // namespace tidegate::series
