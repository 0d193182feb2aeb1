#include "serial_source.hpp"

TIDEGATE_PLUGIN("serial", "0.1.0", tidegate::source<tidegate::serial::serial_source>)
