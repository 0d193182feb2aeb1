#include "pipeline/handed_on.hpp"

namespace tidegate::pipeline {

std::shared_ptr<handed_on::claim> handed_on::make_claim(backlog& of, std::vector<part> parts) {
  return std::make_shared<claim>(shared_from_this(), of, std::move(parts));
}

void handed_on::released(claim& last) noexcept {
  if (!last.is_complete_) return;
  const std::lock_guard lock{mutex_};
  if (is_closed_) return;
  safe_.push_back({&last.in_, std::move(last.parts_)});
  ready_();
}

void handed_on::settle() {
  std::vector<safe> done;
  {
    const std::lock_guard lock{mutex_};
    if (is_closed_) return;
    done.swap(safe_);
  }
  for (auto& each : done) each.in->discard(each.parts, discard_reason::rejected);
}

void handed_on::close() {
  const std::lock_guard lock{mutex_};
  is_closed_ = true;
  safe_.clear();
}

}  // namespace tidegate::pipeline
