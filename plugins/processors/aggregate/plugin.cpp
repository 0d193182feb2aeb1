#include "aggregate_processor.hpp"

TIDEGATE_PLUGIN("aggregate", "0.1.0", tidegate::processor<tidegate::aggregate::aggregate_processor>)
