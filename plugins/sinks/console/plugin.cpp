#include "console_writer.hpp"

TIDEGATE_PLUGIN("console", "0.1.0", tidegate::sink<tidegate::console_sink::console_writer>)
