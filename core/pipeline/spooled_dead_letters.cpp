#include "pipeline/spooled_dead_letters.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/copied_samples.hpp"

namespace tidegate::pipeline {

namespace {

// How long a sink may be held up by a disk that does not answer; then its samples wait, and it asks again.
constexpr std::int64_t patience = 2'000'000'000;

// Null if there is no memory for it.
batch_ref letter_of(const std::string& route, batch_view from, std::span<const std::uint32_t> samples,
                    std::string_view reason, std::int64_t now) {
  batch_builder builder;
  copy_samples(from, samples, builder);
  builder.sample(builder.series("dead_letter"), now).field("route", route).field("reason", reason);
  return make_batch_of(builder);
}

}  // namespace

spooled_dead_letters::spooled_dead_letters(opener open, std::vector<std::string> routes,
                                           const observe::clock& clock, observe::log& log)
    : open_{std::move(open)}, routes_{std::move(routes)}, clock_{clock}, log_{log} {}

spooled_dead_letters::~spooled_dead_letters() {
  if (spool_ != nullptr) spool_->stop();
}

bool spooled_dead_letters::keep(const std::string& route, const batch_ref& batch,
                                std::span<const std::uint32_t> samples, std::string_view reason) {
  const std::lock_guard lock{mutex_};
  if (spool_ == nullptr && !open()) return false;
  const auto before = unconfirmed_.find(route);
  const bool is_pushed = before != unconfirmed_.end() && before->second.batch.block() == batch.block() &&
                         std::ranges::equal(before->second.samples, samples);
  if (!is_pushed && !push(route, batch, samples, reason)) return false;
  if (!spool_->flush(clock_.now_monotonic() + patience)) {
    if (!is_pushed) unconfirmed_[route] = {batch, {samples.begin(), samples.end()}};
    return false;
  }
  unconfirmed_.erase(route);
  return true;
}

bool spooled_dead_letters::open() {
  spool_ = open_();
  if (spool_ == nullptr) return false;
  for (const auto& route : routes_) stream_of(route);
  spool_->start();
  return true;
}

spool::stream& spooled_dead_letters::stream_of(const std::string& route) {
  const auto [known, is_new] = streams_.try_emplace(route, nullptr);
  if (is_new) {
    known->second = &spool_->add_stream(route, {});
    spool::reader_limits limits;
    limits.when_full = spool::when_full::drop_oldest;
    spool_->add_reader(*known->second, "replay", limits, {});
  }
  return *known->second;
}

// False if there is no memory for it.
bool spooled_dead_letters::push(const std::string& route, const batch_ref& batch,
                                std::span<const std::uint32_t> samples, std::string_view reason) {
  try {
    const auto letter = letter_of(route, batch.view(), samples, reason, clock_.now_utc());
    return letter && stream_of(route).push(letter, {}, {});
  } catch (const batch_builder::too_large&) {
    if (samples.size() > 1) {
      const auto half = samples.size() / 2;
      return push(route, batch, samples.first(half), reason) &&
             push(route, batch, samples.subspan(half), reason);
    }
  }
  log_.error("dead letters", "a rejected sample of route " + route + " is too large to be kept, and is lost");
  return true;
}

}  // namespace tidegate::pipeline
