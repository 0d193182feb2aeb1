#include "modbus_source.hpp"

TIDEGATE_PLUGIN("modbus", "0.1.0", tidegate::source<tidegate::modbus::modbus_source>)
