#include "memory_source.hpp"

TIDEGATE_PLUGIN("memory", "0.1.0", tidegate::source<tidegate::memory::memory_source>)
