// Lets the samples of a batch through one after another. As long as all have come through whole, nothing is
// copied, and the batch goes on as it is; what came through before the first that does not is copied then.
//
//   sieve_.begin(batch);
//   for (const auto sample : batch) is_wanted(sample) ? sieve_.keep() : sieve_.drop();
//   return sieve_.send();
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <span>

#include "series/outlet.hpp"

namespace tidegate::series {

class sieve {
 public:
  explicit sieve(outlet& out) : out_{out} {}

  void begin(batch_view batch) {
    batch_ = batch;
    next_ = 0;
    dropped_ = 0;
    copies_ = false;
  }
  // Of the next sample, each once.
  void keep() {
    if (copies_) out_.copy(batch_[next_]);
    ++next_;
  }
  void keep(std::span<const std::uint32_t> columns) {
    begin_to_copy();
    out_.copy(batch_[next_++], columns);
  }
  void drop() {
    begin_to_copy();
    ++next_;
    ++dropped_;
  }
  // The caller puts into the outlet what becomes of it.
  void replace() {
    begin_to_copy();
    ++next_;
  }
  std::uint32_t dropped() const noexcept { return dropped_; }
  // True: the batch goes on as it is. Otherwise what is left was sent.
  bool send() {
    if (!copies_) return true;
    out_.send();
    return false;
  }

 private:
  void begin_to_copy() {
    if (copies_) return;
    copies_ = true;
    out_.begin(batch_);
    for (std::uint32_t index = 0; index < next_; ++index) out_.copy(batch_[index]);
  }

  outlet& out_;
  batch_view batch_;
  std::uint32_t next_ = 0;
  std::uint32_t dropped_ = 0;
  bool copies_ = false;
};

}  // namespace tidegate::series
