#include "fields_processor.hpp"

TIDEGATE_PLUGIN("fields", "0.1.0", tidegate::processor<tidegate::fields::fields_processor>)
