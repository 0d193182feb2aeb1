// Rejected samples of durable routes that were handed on to a failure branch, until that has them safe.
//
//   claim() --> pushed, and copied by every queue --> complete() --> last copy let go --> settle()
//
// Until then they are waiting in their route: a crash makes the spool offer them to the sink again, rather
// than that neither the one nor the other has them. Claims are let go by sinks and by the spool, under locks
// of theirs, so that only a note is made here, and settle() discards.
//
// Any thread. Claims keep what they need alive: they may outlive the sink.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "pipeline/backlog.hpp"

namespace tidegate::pipeline {

class handed_on final : public std::enable_shared_from_this<handed_on> {
 public:
  class claim;

  // `ready` is called when settle() has something to do, but not after close().
  explicit handed_on(std::function<void()> ready) : ready_{std::move(ready)} {}

  // The parts are the route's and lie in `of`, which lives until close().
  std::shared_ptr<claim> make_claim(backlog& of, std::vector<part> parts);
  // Discards as rejected what is safe elsewhere.
  void settle();
  // What is let go from here on means nothing: it is offered again after the next start.
  void close();

 private:
  struct safe {
    backlog* in;
    std::vector<part> parts;
  };
  void released(claim& last) noexcept;

  const std::function<void()> ready_;
  std::mutex mutex_;  // all below; also held while `ready` is called, so that close() ends that
  std::vector<safe> safe_;
  bool is_closed_ = false;
};

class handed_on::claim {
 public:
  claim(std::shared_ptr<handed_on> of, backlog& in, std::vector<part> parts)
      : of_{std::move(of)}, in_{in}, parts_{std::move(parts)} {}
  claim(const claim&) = delete;
  claim& operator=(const claim&) = delete;
  ~claim() { of_->released(*this); }

  // All that read it have it. One that is let go without this is not safe.
  void complete() noexcept { is_complete_ = true; }
  const std::vector<part>& parts() const noexcept { return parts_; }

 private:
  friend class handed_on;
  const std::shared_ptr<handed_on> of_;
  backlog& in_;
  std::vector<part> parts_;
  std::atomic<bool> is_complete_{false};
};

}  // namespace tidegate::pipeline
