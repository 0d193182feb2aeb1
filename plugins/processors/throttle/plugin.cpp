#include "throttle_processor.hpp"

TIDEGATE_PLUGIN("throttle", "0.1.0", tidegate::processor<tidegate::throttle::throttle_processor>)
