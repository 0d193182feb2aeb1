// A source's claim on samples that it has handed over: who holds a copy is still answerable for them.
//
// Whoever takes a batch takes a copy, and lets it go when the samples are safe without the source: a durable
// pipeline when they are accepted, a queue in memory when they were delivered or discarded. When the last
// copy is gone, the source is told. Empty for sources that do not ask.
#pragma once

#include <memory>

namespace tidegate {

using receipt = std::shared_ptr<const void>;

}  // namespace tidegate
