#include "series/snapshot.hpp"

namespace tidegate::series {

namespace {

// What the host takes as one value is 64 KiB at most.
constexpr std::size_t part_bytes = 60 * 1024;
constexpr std::string_view head_key = "snapshot";

void add(key_maker& to, const tidegate_value& value) {
  to.add(std::uint64_t{value.type});
  switch (value.type) {
    case TIDEGATE_TYPE_NULL:
      break;
    case TIDEGATE_TYPE_BOOL:
      to.add(std::uint64_t{value.as.boolean});
      break;
    case TIDEGATE_TYPE_STRING:
      to.add(view(value.as.text));
      break;
    case TIDEGATE_TYPE_LIST:
      for (std::uint32_t index = 0; index < value.count; ++index) add(to, value.as.items[index]);
      break;
    case TIDEGATE_TYPE_MAP:
      for (std::uint32_t index = 0; index < value.count; ++index) {
        to.add(view(value.as.entries[index].key));
        add(to, value.as.entries[index].value);
      }
      break;
    default:
      to.add(value.as.u64);
  }
  to.add(std::uint64_t{value.count});
}

std::string part_key(std::uint64_t turn, std::size_t part) {
  return "part." + std::to_string(turn % 2) + "." + std::to_string(part);
}

series_key checksum(std::string_view bytes) {
  key_maker made;
  made.add(bytes);
  return made.key();
}

}  // namespace

snapshot::snapshot(processor_host host, std::string_view kind, const options& given) : host_{host} {
  key_maker made;
  made.add(kind);
  add(made, given.raw());
  made_for_ = made.key();
}

// The head names the parts: they are written first and under other keys than the last time, so that old parts
// and new ones never mix.
std::string snapshot::load() {
  try {
    const auto head = host_.load_state(head_key);
    if (head.empty()) return {};
    auto bytes = join(head);
    host_.store_state(head_key, {});
    return bytes;
  } catch (const error& failed) {
    host_.warning(std::string{"begins anew, because what it remembered cannot be read: "} + failed.what());
    return {};
  }
}

std::string snapshot::join(std::string_view head) {
  snapshot_reader from{head};
  const auto made_for = from.take_key();
  turn_ = from.take<std::uint64_t>();
  const auto length = from.take<std::uint64_t>();
  const auto sum = from.take_key();
  if (!from.is_good() || length > bytes_max) {
    host_.warning("begins anew, because what it remembered is damaged");
    return {};
  }
  if (!(made_for == made_for_)) {
    host_.info("begins anew, because its options have changed");
    return {};
  }
  std::string bytes;
  for (std::size_t part = 0; bytes.size() < length; ++part) {
    const auto next = host_.load_state(part_key(turn_, part));
    if (next.empty()) break;
    bytes += next;
  }
  if (bytes.size() == length && checksum(bytes) == sum) return bytes;
  host_.warning("begins anew, because what it remembered is damaged");
  return {};
}

bool snapshot::save(std::string_view bytes) {
  try {
    ++turn_;
    for (std::size_t part = 0; part * part_bytes < bytes.size(); ++part)
      host_.store_state(part_key(turn_, part), bytes.substr(part * part_bytes, part_bytes));
    snapshot_writer head;
    head.put(made_for_);
    head.put(turn_);
    head.put(std::uint64_t{bytes.size()});
    head.put(checksum(bytes));
    host_.store_state(head_key, head.bytes());
    return true;
  } catch (const error& failed) {
    host_.warning(std::string{"cannot remember where it was: "} + failed.what());
    return false;
  }
}

}  // namespace tidegate::series
