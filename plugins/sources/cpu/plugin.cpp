#include "cpu_source.hpp"

TIDEGATE_PLUGIN("cpu", "0.1.0", tidegate::source<tidegate::cpu::cpu_source>)
