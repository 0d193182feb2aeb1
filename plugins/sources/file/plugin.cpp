#include "file_source.hpp"

TIDEGATE_PLUGIN("file-source", "0.1.0", tidegate::source<tidegate::file_source::file_source>)
