// Where in a stream of bytes one message ends and the next begins.
//
// A framing takes bytes in pieces of any size, as they come, and gives frames. A frame that lies whole in a
// piece is given where it lies, without a copy; what is held of one that does not is bounded by max_size.
// Nothing that comes in is an error of the call: what can be no frame is skipped up to the next boundary
// and told as a fault.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec/fault.hpp"
#include "tidegate/options.hpp"

namespace tidegate::codec {

// Why no bytes follow for now.
enum class pause {
  silence,   // none came for a while: what ends by silence is complete
  complete,  // what was given is all there is, as at the end of a file: a last line needs no end
  broken,    // the stream broke off: what is not complete is dropped
};

// What was found in the bytes: a frame, a fault, or neither, and then more bytes are wanted.
struct found {
  enum class kind { more, frame, fault } is = kind::more;
  fault reason = fault::syntax;
  std::string_view bytes = {};  // the frame, or what is wrong; valid until the next call
  std::string_view what = {};   // in words, of a fault
};

// Of one stream; one thread at a time.
class framing {
 public:
  framing() = default;
  framing(const framing&) = delete;
  framing& operator=(const framing&) = delete;
  virtual ~framing() = default;

  // Takes bytes from the front of `rest` up to the end of what it finds; all of them, if that is `more`.
  virtual found next(std::string_view& rest) = 0;

  // No bytes follow for now. Gives at most one frame or fault; afterwards nothing is held, but for
  // silence where that means nothing.
  virtual found end(pause why) = 0;

  // How many of the bytes that it took belong to what is not complete: what would have to be read again.
  virtual std::uint64_t pending() const noexcept = 0;

  // After so long without a byte end(pause::silence) is wanted; zero: never.
  virtual std::chrono::nanoseconds silence() const noexcept { return std::chrono::nanoseconds{0}; }
};

// A framing as configured, of which each stream has one of its own. Immutable.
class framing_plan {
 public:
  framing_plan() = default;
  framing_plan(const framing_plan&) = delete;
  framing_plan& operator=(const framing_plan&) = delete;
  virtual ~framing_plan() = default;
  virtual std::unique_ptr<framing> open() const = 0;
};

// By the value of a `framing` option, which has been checked against framing_schema(). Throws tidegate::error
// (configuration) where options contradict each other; its path is relative to `framing`.
std::unique_ptr<const framing_plan> make_framing(const options& framing);

// Frames of exactly so many bytes: what a binary layout needs when nothing else is said.
std::unique_ptr<const framing_plan> make_fixed_framing(std::size_t length);

// The schema of the option, as a JSON text: what {"$ref": "tidegate:framing"} stands for.
std::string_view framing_schema() noexcept;

}  // namespace tidegate::codec
