#include "generate_source.hpp"

TIDEGATE_PLUGIN("generate", "0.1.0", tidegate::source<tidegate::generate::generate_source>)
