// Finds the record because of which a broker closes the connection without a word.
//
// Under MQTT 3.1.1 a broker has no other way to refuse a message, and whoever sends it again as soon as he is
// back does so for ever. So after a close that nothing explains, what was under way is sent one at a time. A
// close then has one suspect; the third close in a row with the same one is its verdict.
//
//   closed, several under way -> careful for as many messages -> closed, one under way -> a strike
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "messages/message_digest.hpp"

namespace tidegate::mqtt {

using namespace messages;

class suspicion {
 public:
  static constexpr int strikes_max = 3;

  // Only one message may be under way.
  bool is_careful() const noexcept { return careful_for_ > 0; }
  // A message was acknowledged, or refused in so many words.
  void acquit(const message_digest& message) noexcept {
    if (careful_for_ > 0) --careful_for_;
    if (suspect_ == message) suspect_.reset();
  }
  // The connection was closed without explanation while these were under way. True: the only one is to blame.
  bool closed_with(std::span<const message_digest> under_way) {
    if (under_way.empty()) return false;
    careful_for_ = under_way.size() > careful_for_ ? under_way.size() : careful_for_;
    if (under_way.size() > 1) return false;
    if (suspect_ != under_way.front()) {
      suspect_ = under_way.front();
      strikes_ = 0;
    }
    return ++strikes_ >= strikes_max;
  }
  void clear() noexcept {
    careful_for_ = 0;
    suspect_.reset();
  }

 private:
  std::size_t careful_for_ = 0;
  std::optional<message_digest> suspect_;
  int strikes_ = 0;
};

}  // namespace tidegate::mqtt
