#include "codec/fault.hpp"

#include "codec/text.hpp"

namespace tidegate::codec {
namespace {

constexpr std::array<std::string_view, fault_kinds> names{"too_long", "incomplete", "boundary", "checksum",
                                                          "syntax",   "time",       "value",    "empty"};
constexpr std::array<std::string_view, fault_kinds> helps{
    "Frames that were longer than max_size and were skipped.",
    "Frames that were cut off and dropped.",
    "Stretches of bytes that could be no frame and were skipped.",
    "Frames that were dropped because their checksum was wrong.",
    "Frames that were dropped because they were not what the format says.",
    "Samples that were dropped because their time could not be read.",
    "Fields that were left out because their value did not fit the type, or was no finite number.",
    "Frames in which nothing was a field."};

constexpr std::size_t excerpt_bytes = 64;

}  // namespace

std::string_view name_of(fault reason) noexcept { return names[static_cast<std::size_t>(reason)]; }

fault_ledger::fault_ledger(const component_host& host) : host_{host} {
  for (std::size_t index = 0; index < fault_kinds; ++index)
    counters_[index] = host.counter("decode_" + std::string{names[index]} + "_total", helps[index]);
}

bool fault_ledger::count(fault reason) noexcept {
  const auto index = static_cast<std::size_t>(reason);
  counters_[index].add();
  total_.fetch_add(1, std::memory_order_relaxed);
  return !told_[index].load(std::memory_order_relaxed) &&
         !told_[index].exchange(true, std::memory_order_relaxed);
}

void fault_ledger::tell(fault reason, std::string_view what, std::string_view text) const {
  host_.warning("what came in could not be read: " + std::string{what} + ": " + excerpt(text) + "; decode_" +
                std::string{name_of(reason)} + "_total counts all such");
}

std::string excerpt(std::string_view text) {
  std::string made = "'";
  for (const char byte : text.substr(0, excerpt_bytes)) {
    const auto code = static_cast<unsigned char>(byte);
    constexpr std::string_view digits = "0123456789abcdef";
    if (code >= 0x20 && code < 0x7F)
      made += byte;
    else
      made += {'\\', 'x', digits[code >> 4], digits[code & 15]};
  }
  made += "'";
  if (text.size() > excerpt_bytes)
    made += " and " + std::to_string(text.size() - excerpt_bytes) + " bytes more";
  return made;
}

}  // namespace tidegate::codec
