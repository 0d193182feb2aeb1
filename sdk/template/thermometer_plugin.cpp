#include "thermometer.hpp"

TIDEGATE_PLUGIN("thermometer", "1.0.0", tidegate::source<thermometer>)
