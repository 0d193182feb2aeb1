// The marks of a replayable source, from its submit until it is told that they are safe.
//
//   claim() --> pushed, and copied by every queue --> last copy let go --> take() --> acknowledge
//
// A mark is safe when nobody holds its claim any more. Claims are let go by sinks and by the spool, which
// must not run a source's code: they only put the mark down here, and the source's own strand takes it.
//
// Any thread. Claims keep what they need alive: they may outlive the source.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

namespace tidegate::pipeline {

class mark_claim;

class marks final : public std::enable_shared_from_this<marks> {
 public:
  // How many may continue at a time.
  static constexpr std::size_t incomplete_max = 256;
  // How many may wait to be taken before a source has to wait. It is held up by nobody but itself then.
  static constexpr std::size_t safe_max = 65536;

  // `ready` is called on any thread when take() has something, but not after close().
  explicit marks(std::function<void()> ready) : ready_{std::move(ready)} {}

  // A start of the source. Claims of the start before mean nothing any more.
  void open();
  // What is incomplete stays so: nobody waits for it any more.
  void forget_incomplete();
  // The source is being stopped: nothing is safe any more, whatever is let go.
  void close();
  bool is_open() const;

  // What a block with this mark is pushed with; null if too many are incomplete, or it is closed.
  std::shared_ptr<mark_claim> claim(std::uint64_t mark);
  // It was pushed; more blocks with its mark follow, or it was the last.
  void continues(const std::shared_ptr<mark_claim>& pushed);
  void complete(const std::shared_ptr<mark_claim>& pushed);

  // Waits while too many are safe and not taken; false if `giving_up` is requested meanwhile.
  bool wait_for_room(const std::stop_token& giving_up);
  bool has_room() const;

  // Moves the marks that are safe to `into`, in the order in which they became so; what it held is gone.
  void take(std::vector<std::uint64_t>& into);
  // How many were given and not taken.
  std::size_t outstanding() const;

 private:
  friend class mark_claim;
  void released(const mark_claim& last) noexcept;

  const std::function<void()> ready_;
  mutable std::mutex mutex_;  // all below; also held while `ready` is called, so that close() ends that
  std::condition_variable_any room_;
  std::vector<std::shared_ptr<mark_claim>> incomplete_;
  std::vector<std::uint64_t> safe_;
  std::size_t outstanding_ = 0;
  std::uint64_t start_ = 0;  // counts the starts
  bool is_open_ = false;
};

// The claim of one mark; as a receipt, what queues hold.
class mark_claim {
 public:
  mark_claim(std::shared_ptr<marks> of, std::uint64_t mark, std::uint64_t start)
      : of_{std::move(of)}, mark_{mark}, start_{start} {}
  mark_claim(const mark_claim&) = delete;
  mark_claim& operator=(const mark_claim&) = delete;
  ~mark_claim() { of_->released(*this); }

  // Some pipeline has not got a block of it: it is never safe.
  void forfeit() noexcept { is_forfeited_ = true; }

 private:
  friend class marks;
  const std::shared_ptr<marks> of_;
  const std::uint64_t mark_;
  const std::uint64_t start_;
  std::atomic<bool> is_complete_{false};
  std::atomic<bool> is_forfeited_{false};
};

}  // namespace tidegate::pipeline
