// The single framings, for make_framing().
#pragma once

#include <cstddef>

#include "codec/framing/framing.hpp"

namespace tidegate::codec {

// A plan of a framing that is made of its settings alone.
template <class Framing, class Settings>
class plan_of final : public framing_plan {
 public:
  explicit plan_of(Settings with) : settings_{std::move(with)} {}
  std::unique_ptr<framing> open() const override { return std::make_unique<Framing>(settings_); }

 private:
  Settings settings_;
};

// Each reads its own options; `frame_bytes_max` is max_size.
std::unique_ptr<const framing_plan> make_line_framing(const options& framing, std::size_t frame_bytes_max);
std::unique_ptr<const framing_plan> make_fixed_framing(const options& framing, std::size_t frame_bytes_max);
std::unique_ptr<const framing_plan> make_length_framing(const options& framing, std::size_t frame_bytes_max);
std::unique_ptr<const framing_plan> make_marker_framing(const options& framing, std::size_t frame_bytes_max);
std::unique_ptr<const framing_plan> make_slip_framing(std::size_t frame_bytes_max);
std::unique_ptr<const framing_plan> make_cobs_framing(std::size_t frame_bytes_max);
std::unique_ptr<const framing_plan> make_silence_framing(const options& framing, std::size_t frame_bytes_max);
std::unique_ptr<const framing_plan> make_datagram_framing(std::size_t frame_bytes_max);

// Bytes that are written as text in the configuration: "\r\n", "\x02", "AT\r". Not empty; throws
// tidegate::error (configuration) with the option's path.
std::string read_bytes(const options& text);

}  // namespace tidegate::codec
