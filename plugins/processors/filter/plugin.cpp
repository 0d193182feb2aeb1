#include "filter_processor.hpp"

TIDEGATE_PLUGIN("filter", "0.1.0", tidegate::processor<tidegate::filter::filter_processor>)
