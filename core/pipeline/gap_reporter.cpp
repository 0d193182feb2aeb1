#include "pipeline/gap_reporter.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/gap.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate::pipeline {

static constexpr std::array told_reasons{discard_reason::full, discard_reason::age, discard_reason::damaged,
                                         discard_reason::unconfirmed};

void gap_reporter::add_route(std::string name, const backlog& waiting, const discarded_counts& earlier,
                             inlet& to) {
  routes_.push_back({std::move(name), &waiting, waiting.ledger()});
  head_of(to).behind.push_back(routes_.size() - 1);
  for (auto& each : heads_)
    while (each.known.size() < routes_.size()) each.known.push_back({});
  for (auto& each : heads_) each.known.back() = {earlier, routes_.back().accepted_of_others()};
}

gap_reporter::head& gap_reporter::head_of(inlet& to) {
  const auto known =
      std::find_if(heads_.begin(), heads_.end(), [&](const head& each) { return each.to == &to; });
  if (known != heads_.end()) return *known;
  auto& made = heads_.emplace_back();
  made.to = &to;
  // What the others know: nothing was told yet.
  if (heads_.size() > 1) made.known = heads_.front().known;
  return made;
}

void gap_reporter::look() {
  for (auto& each : routes_) each.now = each.waiting->ledger();
}

void gap_reporter::tell(const moment& now) {
  look();
  constexpr std::int64_t delay_min = 2 * gap_report_interval;
  constexpr std::int64_t delay_max = 3600 * gap_report_interval;
  for (auto& each : heads_) {
    const auto what = news_for(each);
    if (what == news::none || now.monotonic < each.next) continue;
    if (what == news::own && now.monotonic < each.next_alone) continue;
    each.delay = what == news::own ? std::clamp(2 * each.delay, delay_min, delay_max) : delay_min;
    each.next_alone = now.monotonic + each.delay;
    tell(each, now);
  }
}

void gap_reporter::tell_last(const moment& now) {
  look();
  for (auto& each : heads_)
    if (news_for(each) != news::none) tell(each, now);
}

gap_reporter::news gap_reporter::news_for(const head& of) const {
  auto found = news::none;
  for (std::size_t index = 0; index < routes_.size(); ++index) {
    const auto& way = routes_[index];
    const auto& known = of.known[index];
    for (const auto why : told_reasons) {
      if (way.now.discarded(why) == known.discarded[static_cast<std::size_t>(why)]) continue;
      if (why != discard_reason::full || way.accepted_of_others() != known.accepted_of_others)
        return news::others;
      found = news::own;
    }
  }
  return found;
}

void gap_reporter::tell(head& to, const moment& now) {
  const auto report = report_for(to, now.utc);
  if (!report || !to.to->offer(report)) return;
  to.next = now.monotonic + gap_report_interval;
  for (std::size_t index = 0; index < routes_.size(); ++index)
    to.known[index] = {routes_[index].now.discarded_by, routes_[index].accepted_of_others()};
  for (const auto index : to.behind) routes_[index].reports += report.view().size();
}

batch_ref gap_reporter::report_for(const head& of, std::int64_t utc) const {
  batch_builder made;
  for (std::size_t index = 0; index < routes_.size(); ++index) {
    const auto& way = routes_[index];
    for (const auto why : told_reasons) {
      const auto samples = way.now.discarded(why) - of.known[index].discarded[static_cast<std::size_t>(why)];
      if (samples == 0) continue;
      const auto series = made.series(gap_series, {{"route", way.name}, {"reason", to_string(why)}});
      made.sample(series, utc).field("samples", samples);
    }
  }
  return finished(made, tags_);
}

}  // namespace tidegate::pipeline
