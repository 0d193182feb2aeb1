#include "mqtt/mailbox.hpp"

#include <algorithm>
#include <unordered_map>

namespace tidegate::mqtt {
namespace {

constexpr std::uint32_t number_max = (1U << 24) - 1;

// The open boxes by number. Never destroyed: a thread of the library may still call while the program ends.
struct registry {
  std::mutex mutex;
  std::unordered_map<std::uint32_t, mailbox*> boxes;
  std::uint32_t last = 0;
};

registry& all() {
  static auto* const made = new registry;
  return *made;
}

}  // namespace

std::uint32_t mailbox::open() {
  close();
  auto& in = all();
  const std::lock_guard lock{in.mutex};
  do {
    in.last = in.last == number_max ? 1 : in.last + 1;
  } while (in.boxes.contains(in.last));
  number_ = in.last;
  in.boxes.emplace(number_, this);
  return number_;
}

void mailbox::close() {
  {
    auto& in = all();
    const std::lock_guard lock{in.mutex};
    in.boxes.erase(number_);
  }
  const std::lock_guard lock{mutex_};
  events_.clear();
  is_urgent_ = false;
}

void mailbox::set_patience(std::size_t acknowledgements) {
  const std::lock_guard lock{mutex_};
  patience_ = std::max<std::size_t>(1, acknowledgements);
}

bool mailbox::is_due() const {
  const std::lock_guard lock{mutex_};
  return is_due_now();
}

void mailbox::take(std::vector<event>& into) {
  into.clear();
  const std::lock_guard lock{mutex_};
  events_.swap(into);
  is_urgent_ = false;
}

void mailbox::post(std::uint32_t connection, event what) {
  auto& in = all();
  // Held until the event is in its box, which therefore cannot be closed meanwhile.
  const std::lock_guard lock{in.mutex};
  const auto found = in.boxes.find(connection);
  if (found != in.boxes.end()) found->second->put(std::move(what));
}

void mailbox::put(event what) {
  bool becomes_due = false;
  {
    const std::lock_guard lock{mutex_};
    const bool was_due = is_due_now();
    if (what.what != event::kind::acknowledged) is_urgent_ = true;
    events_.push_back(std::move(what));
    becomes_due = !was_due && is_due_now();
  }
  if (becomes_due) wake_();
}

}  // namespace tidegate::mqtt
