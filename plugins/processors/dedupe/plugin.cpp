#include "dedupe_processor.hpp"

TIDEGATE_PLUGIN("dedupe", "0.1.0", tidegate::processor<tidegate::dedupe::dedupe_processor>)
