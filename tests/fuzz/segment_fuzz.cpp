// A folder in which anything may lie: the spool starts, reads what it can, and goes on.
//
// The input is a list of changes to a sound folder (so that checksums are not all that is ever tested): four
// bytes each, a place and what becomes of it; what is behind the first 0xff is a file of its own.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "small_log.hpp"

using namespace tidegate::spool;

namespace {

const simulated_folder& sound_folder() {
  static const auto made = [] {
    auto files = std::make_unique<simulated_folder>();
    small_log log{*files};
    for (const std::uint32_t count : {3u, 40u, 1u, 900u, 900u, 7u}) {
      log.push(count);
      log.commit();
    }
    record one;
    if (log.read(0, one)) log.spooled.deliver(*log.readers[0], one.number, one.count, log.now());
    log.commit();
    return files;
  }();
  return *made;
}

void change(std::vector<std::byte>& content, const std::uint8_t* how) {
  if (content.empty()) return;
  const auto place = (std::size_t{how[0]} << 8 | how[1]) * 8 % content.size();
  switch (how[2] % 4) {
    case 0:
      content[place] ^= static_cast<std::byte>(how[3]);
      break;
    case 1:
      content.resize(place);
      break;
    case 2:
      std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(place),
                  std::min<std::size_t>(how[3], content.size() - place), std::byte{0});
      break;
    default:
      std::copy_n(content.begin(), std::min<std::size_t>(std::size_t{how[3]} * 16, content.size() - place),
                  content.begin() + static_cast<std::ptrdiff_t>(place));
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto files = sound_folder().copy();
  const auto names = files->names();
  const auto* end = data + size;
  for (; end - data >= 4 && data[0] != 0xff; data += 4)
    change(files->content(names[data[3] % names.size()]), data);
  if (data != end) {
    const auto* bytes = reinterpret_cast<const std::byte*>(data + 1);
    files->put("segment-000100.log", {bytes, bytes + (end - data - 1)});
  }
  small_log opened{*files};
  opened.deliver_all(0);
  opened.deliver_all(1);
  opened.push(5);
  opened.commit();
  const auto values = opened.deliver_all(0);
  if (values.size() != 5 || !opened.ledger_of(0).balanced() || opened.ledger_of(0).waiting != 0) std::abort();
  return 0;
}
