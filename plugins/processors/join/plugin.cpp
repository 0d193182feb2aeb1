#include "join_processor.hpp"

TIDEGATE_PLUGIN("join", "0.1.0", tidegate::processor<tidegate::join::join_processor>)
