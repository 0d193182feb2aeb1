#include "deadband_processor.hpp"

TIDEGATE_PLUGIN("deadband", "0.1.0", tidegate::processor<tidegate::deadband::deadband_processor>)
