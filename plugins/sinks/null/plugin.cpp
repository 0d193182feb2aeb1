#include "null_sink.hpp"

TIDEGATE_PLUGIN("null", "0.1.0", tidegate::sink<tidegate::null_sink::null_sink>)
