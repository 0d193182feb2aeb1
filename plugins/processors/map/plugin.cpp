#include "map_processor.hpp"

TIDEGATE_PLUGIN("map", "0.1.0", tidegate::processor<tidegate::map::map_processor>)
