// What a step remembers of each series, with a bound: when it is reached, the series that was silent longest
// is forgotten. Entries lie in chunks and are never moved; a million of them take what they are, 24 bytes of
// keys and order each, and a table of 8 to 16 bytes.
//
//   auto [state, is_new] = table.at(key_of(sample.series()), [](State& forgotten) { ... });
//
// One thread at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "series/series_key.hpp"

namespace tidegate::series {

template <class State>
class series_table {
 public:
  explicit series_table(std::uint32_t limit) : limit_{limit < 1 ? 1 : limit}, slots_(64, none) {}

  struct found {
    State& state;
    bool is_new;
  };
  // The state of the series, which is now the one that was silent shortest. `forget` is called with the state
  // that has to make room for a new one.
  template <class Forget>
  found at(const series_key& key, Forget forget) {
    if (const auto slot = slot_of(key); slots_[slot] != none) {
      const auto index = slots_[slot];
      move_to_newest(index);
      return {entry_at(index).state, false};
    }
    if (size_ >= limit_) {
      forget(entry_at(oldest_).state);
      erase(oldest_);
    }
    if ((size_ + 1) * std::uint64_t{2} > slots_.size()) grow();
    const auto index = take_entry();
    auto& made = entry_at(index);
    made.key = key;
    made.state = State{};
    slots_[slot_of(key)] = index;
    append(index);
    ++size_;
    return {made.state, true};
  }
  State* find(const series_key& key) noexcept {
    const auto index = slots_[slot_of(key)];
    return index == none ? nullptr : &entry_at(index).state;
  }

  std::uint32_t size() const noexcept { return size_; }
  std::uint32_t limit() const noexcept { return limit_; }
  // The one that was silent longest; there must be one.
  State& oldest() noexcept { return entry_at(oldest_).state; }
  void erase_oldest() { erase(oldest_); }
  void clear() {
    while (size_ != 0) erase_oldest();
  }

  // visit(key, state), the one that was silent longest first, or last; while it returns true.
  template <class Visit>
  void oldest_first(Visit visit) {
    for (auto index = oldest_; index != none; index = entry_at(index).newer)
      if (!visit(entry_at(index).key, entry_at(index).state)) return;
  }
  template <class Visit>
  void newest_first(Visit visit) {
    for (auto index = newest_; index != none; index = entry_at(index).older)
      if (!visit(entry_at(index).key, entry_at(index).state)) return;
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint32_t chunk_bits = 8;
  struct entry {
    series_key key;
    std::uint32_t older = none;
    std::uint32_t newer = none;
    State state{};
  };

  entry& entry_at(std::uint32_t index) noexcept {
    return chunks_[index >> chunk_bits][index & ((1u << chunk_bits) - 1)];
  }
  // Where the key stands, or where it would.
  std::uint64_t slot_of(const series_key& key) noexcept {
    const auto mask = slots_.size() - 1;
    auto slot = key.low & mask;
    while (slots_[slot] != none && !(entry_at(slots_[slot]).key == key)) slot = (slot + 1) & mask;
    return slot;
  }
  void grow() {
    std::vector<std::uint32_t> wider(slots_.size() * 2, none);
    slots_.swap(wider);
    for (const auto index : wider)
      if (index != none) slots_[slot_of(entry_at(index).key)] = index;
  }
  std::uint32_t take_entry() {
    if (free_ != none) return std::exchange(free_, entry_at(free_).older);
    if ((made_ >> chunk_bits) == chunks_.size())
      chunks_.push_back(std::make_unique<entry[]>(1u << chunk_bits));
    return made_++;
  }
  void append(std::uint32_t index) noexcept {
    auto& one = entry_at(index);
    one.older = newest_;
    one.newer = none;
    (newest_ == none ? oldest_ : entry_at(newest_).newer) = index;
    newest_ = index;
  }
  void take_out(std::uint32_t index) noexcept {
    const auto& one = entry_at(index);
    (one.older == none ? oldest_ : entry_at(one.older).newer) = one.newer;
    (one.newer == none ? newest_ : entry_at(one.newer).older) = one.older;
  }
  void move_to_newest(std::uint32_t index) noexcept {
    if (index == newest_) return;
    take_out(index);
    append(index);
  }
  void erase(std::uint32_t index) {
    close_gap(slot_of(entry_at(index).key));
    take_out(index);
    entry_at(index).state = State{};
    entry_at(index).older = std::exchange(free_, index);
    --size_;
  }
  // Moves up what stands behind the slot only because the slot was taken.
  void close_gap(std::uint64_t gap) noexcept {
    const auto mask = slots_.size() - 1;
    for (auto next = (gap + 1) & mask; slots_[next] != none; next = (next + 1) & mask) {
      const auto home = entry_at(slots_[next]).key.low & mask;
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      slots_[gap] = slots_[next];
      gap = next;
    }
    slots_[gap] = none;
  }

  std::uint32_t limit_;
  std::uint32_t size_ = 0;
  std::uint32_t made_ = 0;
  std::uint32_t free_ = none;
  std::uint32_t oldest_ = none;
  std::uint32_t newest_ = none;
  std::vector<std::unique_ptr<entry[]>> chunks_;
  std::vector<std::uint32_t> slots_;
};

}  // namespace tidegate::series
