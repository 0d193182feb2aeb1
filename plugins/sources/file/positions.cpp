#include "positions.hpp"

namespace tidegate::file_source {

positions::run positions::begin(std::uint64_t offset) {
  runs_.emplace(++last_run_, progress{offset, safe_position{}, {}, 0});
  return last_run_;
}

std::uint64_t positions::give(run which, std::uint64_t offset) {
  auto& to = runs_.at(which);
  to.ends.push_back(offset);
  const auto serial = to.safe_count + to.ends.size();
  to.marks.give(serial);
  given_.push_back({which, serial, false});
  return first_mark_ + given_.size() - 1;
}

void positions::acknowledge(std::uint64_t mark) {
  if (mark < first_mark_ || mark - first_mark_ >= given_.size()) return;
  auto& given = given_[static_cast<std::size_t>(mark - first_mark_)];
  given.is_acknowledged = true;
  if (const auto found = runs_.find(given.of); found != runs_.end()) {
    auto& of = found->second;
    of.marks.acknowledge(given.serial);
    for (; of.safe_count < of.marks.now(); ++of.safe_count) {
      of.offset = of.ends.front();
      of.ends.pop_front();
    }
  }
  for (; !given_.empty() && given_.front().is_acknowledged; ++first_mark_) given_.pop_front();
}

}  // namespace tidegate::file_source
