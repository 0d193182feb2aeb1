#include "pipeline/dead_letter_replay.hpp"

#include <utility>
#include <vector>

#include "pipeline/copied_samples.hpp"
#include "spool/offline_log.hpp"
#include "spool/salvage.hpp"

namespace tidegate::pipeline {

namespace {

// So much is pushed before it is committed.
constexpr std::uint64_t commit_bytes = 256 * 1024;

// The rejected samples of a letter, without the word on why that stands behind them; null if they are none,
// or there is no memory for them.
batch_ref samples_of(const spool::found_samples& letter) {
  const batch_view all{letter.block};
  std::vector<std::uint32_t> indices;
  for (auto index = letter.first; index != letter.first + letter.count; ++index)
    if (index + 1 != all.size()) indices.push_back(index);
  if (indices.empty()) return {};
  batch_builder builder;
  copy_samples(all, indices, builder);
  return make_batch_of(builder);
}

// The route's own spool, which takes the samples.
class target {
 public:
  target(const route_place& to, std::uint64_t bytes, const observe::clock& clock, observe::log& say)
      : log_{to.files, to.seen, bytes, clock, say}, route_{to.route} {}

  std::string open() {
    auto problem = log_.open();
    if (!problem.empty()) return problem;
    reader_ = log_.reader_of(route_);
    return reader_ != nullptr ? "" : "the spool has no route " + route_.name() + " any more";
  }

  // False if it cannot take more now.
  bool push(const batch_ref& samples) {
    const auto view = samples.view();
    std::uint64_t number = 0;
    if (log_->push(*reader_->stream, samples, {}, log_.now(), number) != spool::log::admission::taken)
      return false;
    pushed_.push_back({number, number + view.size()});
    bytes_ += view.bytes();
    return bytes_ < commit_bytes || commit();
  }
  // All that was pushed, and that nobody else is to have it.
  bool commit() {
    bytes_ = 0;
    if (!log_.work()) return false;
    for (const auto& run : std::exchange(pushed_, {}))
      for (const auto& each : log_->readers())
        if (each->stream == reader_->stream && each.get() != reader_)
          log_->deliver(*each, run.first, run.end - run.first, log_.now());
    return log_.work();
  }
  std::string why_not() const { return log_.why_not(); }

 private:
  spool::offline_log log_;
  const spool::inspected_route& route_;
  spool::log::reader_state* reader_ = nullptr;
  std::vector<spool::number_range> pushed_;
  std::uint64_t bytes_ = 0;
};

// Nobody waits for these letters any more. Why that cannot be noted; empty if it is.
std::string settle(const route_place& letters, const std::vector<spool::number_range>& runs,
                   const observe::clock& clock, observe::log& say) {
  spool::offline_log log{letters.files, letters.seen, 0, clock, say};
  auto problem = log.open();
  if (!problem.empty()) return problem;
  auto* reader = log.reader_of(letters.route);
  if (reader == nullptr) return {};
  for (const auto& run : runs) log->deliver(*reader, run.first, run.end - run.first, log.now());
  return log.work() ? "" : log.why_not();
}

}  // namespace

replayed replay(const route_place& letters, const route_place& to, const observe::clock& clock,
                observe::log& say) {
  replayed made;
  target into{to, letters.route.waiting_bytes, clock, say};
  made.problem = into.open();
  if (!made.problem.empty()) return made;
  std::vector<spool::number_range> taken;
  std::uint64_t samples = 0;
  bool done = true;
  spool::find_waiting(letters.seen, {&letters.route}, [&](const spool::found_samples& found) {
    const auto back = samples_of(found);
    done = !back || into.push(back);
    if (!done) return false;
    samples += back ? back.view().size() : 0;
    const auto first = found.number + found.first;
    if (taken.empty() || taken.back().end != first) taken.push_back({first, first});
    taken.back().end = first + found.count;
    return true;
  });
  if (!done || !into.commit()) {
    made.problem = into.why_not() + "; the dead letters are still there";
    return made;
  }
  made.samples = samples;
  made.problem = settle(letters, taken, clock, say);
  return made;
}

}  // namespace tidegate::pipeline
