// Where rejected samples go: to the pipelines that read them, or to the dead letters.
#include <iterator>
#include <utility>

#include "pipeline/delivery.hpp"
#include "pipeline/rejected_samples.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate::pipeline {

// Rejected samples to the dead letters, here rather than where the answer came, since it may mean a disk.
bool sink_runner::bury_next(std::int64_t now) {
  burial next;
  {
    const std::lock_guard lock{mutex_};
    if (burials_.empty() || now < buries_at_ || trouble_while_draining_) return false;
    next = std::move(burials_.front());
    burials_.pop_front();
  }
  if (bury(next)) {
    if (std::exchange(buries_at_, 0) != 0) life_.health().running();
    bury_backoff_.reset();
    return true;
  }
  buries_at_ = environment_.clock.now_monotonic() + bury_backoff_.next();
  life_.health().degraded(branch_.empty()
                              ? "the dead letters cannot take what was rejected; it is offered to them again"
                              : "what reads " + options_.name +
                                    ".rejected has no room for what was rejected; it is offered again");
  const std::lock_guard lock{mutex_};
  burials_.push_front(std::move(next));
  trouble_while_draining_ = draining_;
  return true;
}

// Takes those that are of the same batch as the first, and their indices in it.
static std::vector<part> take_of_one_batch(std::vector<part>& parts, std::vector<std::uint32_t>& indices) {
  auto end = parts.begin();
  for (; end != parts.end() && end->batch.block() == parts.front().batch.block(); ++end)
    for (std::uint32_t index = 0; index < end->count; ++index) indices.push_back(end->first + index);
  std::vector<part> same{std::make_move_iterator(parts.begin()), std::make_move_iterator(end)};
  parts.erase(parts.begin(), end);
  return same;
}

// False if some of it is left.
bool sink_runner::bury(burial& next) {
  if ((!branch_.empty() || next.copy) && !hand_on(next)) return false;
  while (!next.parts.empty()) {
    std::vector<std::uint32_t> indices;
    auto same = take_of_one_batch(next.parts, indices);
    if (next.from->rejected == nullptr) {
      next.from->waiting->discard(same, discard_reason::rejected);
      continue;
    }
    if (!next.from->rejected->keep(next.from->name, same.front().batch, indices, next.reason)) {
      next.parts.insert(next.parts.begin(), same.begin(), same.end());
      return false;
    }
    next.from->waiting->discard(same, discard_reason::rejected);
  }
  return true;
}

// The same for a branch. What came by a route in memory is the branch's from here on, and with it the claim
// of its source; what came by a durable one stays in the spool until the branch has it safe.
bool sink_runner::hand_on(burial& next) {
  std::stop_source never_waits;
  never_waits.request_stop();
  while (next.copy || (!next.parts.empty() && !branch_.empty())) {
    if (!next.copy && !make_copy(next)) return false;
    if (!next.copy) continue;  // it was too large
    const receipt claim = next.claim ? receipt{next.claim} : next.under_way.front().claim;
    for (; next.given < next.to.size(); ++next.given)
      if (!next.to[next.given]->push(next.copy, claim, never_waits.get_token())) return false;
    end_handing_on(next);
  }
  return true;
}

static void put_first(std::vector<part>& into, std::vector<part> parts) {
  into.insert(into.begin(), std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
}

static std::vector<part> second_half(std::vector<part>& parts, std::vector<std::uint32_t>& indices) {
  std::vector<std::uint32_t> places;
  for (auto place = indices.size() / 2; place < indices.size(); ++place)
    places.push_back(static_cast<std::uint32_t>(place));
  indices.resize(indices.size() / 2);
  return take_out(parts, places);
}

// Of the next samples that are of one batch. False if there is no memory for it.
bool sink_runner::make_copy(burial& next) {
  std::vector<std::uint32_t> indices;
  next.under_way = take_of_one_batch(next.parts, indices);
  const auto whole = next.under_way.front().batch;
  while (!next.copy) {
    try {
      next.copy = rejected_samples(whole.view(), indices, options_.name, next.reason);
      if (next.copy) break;
      put_first(next.parts, std::move(next.under_way));
      return false;
    } catch (const batch_builder::too_large&) {
      if (indices.size() == 1) {
        environment_.log.error(life_.who(), "a rejected sample is too large to be handed on, and is lost");
        next.from->waiting->discard(next.under_way, discard_reason::rejected);
        return true;
      }
      put_first(next.parts, second_half(next.under_way, indices));
    }
  }
  next.to = branch_;
  if (next.from->waiting->is_kept()) next.claim = handed_on_->make_claim(*next.from->waiting, next.under_way);
  return true;
}

void sink_runner::end_handing_on(burial& done) {
  done.copy = {};
  done.to.clear();
  done.given = 0;
  if (done.claim) {
    done.claim->complete();
    done.under_way.clear();
    done.claim.reset();
  } else {
    done.from->waiting->discard(done.under_way, discard_reason::rejected);
  }
}

// All of it waits in its route again, also what some of those that read it have: they get it twice then.
void sink_runner::take_back(burial& left) {
  left.copy = {};
  left.claim.reset();
  left.to.clear();
  left.given = 0;
  left.from->waiting->put_back(left.under_way);
  left.from->waiting->put_back(left.parts);
}

}  // namespace tidegate::pipeline
