#include "socket_source.hpp"

TIDEGATE_PLUGIN("socket", "0.1.0", tidegate::source<tidegate::socket_source::socket_source>)
