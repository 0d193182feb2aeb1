// Gets samples out of a spool's folder, whatever its state: for a copy of them, not for a gateway.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "spool/inspect.hpp"

namespace tidegate::spool {

// Samples [first, first + count) of a batch.
struct found_samples {
  const void* block = nullptr;  // valid during the call
  std::uint32_t stream = 0;
  std::uint64_t number = 0;  // of the batch's first sample
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};
// False ends the search.
using take_samples = std::function<bool(const found_samples&)>;

// Every sample that at least one of the routes still waits for, once, in the order of acceptance as far as
// segments have it. How many of them could not be found, if the search came to its end.
std::uint64_t find_waiting(const inspection& in, const std::vector<const inspected_route*>& routes,
                           const take_samples& take);

// Every sample that can still be read, once: also of segments that nobody needs any more, of other spools,
// of files that were kept aside, and of those whose header is gone, as long as another file says which
// spool they may belong to. With `stream` those of one pipeline of the spool alone.
void find_all(const inspection& in, std::optional<std::uint32_t> stream, const take_samples& take);

}  // namespace tidegate::spool
