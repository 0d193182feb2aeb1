#include "file_writer.hpp"

TIDEGATE_PLUGIN("file", "0.1.0", tidegate::sink<tidegate::file_sink::file_writer>)
