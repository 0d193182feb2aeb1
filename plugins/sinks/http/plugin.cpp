#include "http_sink.hpp"

TIDEGATE_PLUGIN("http", "0.1.0", tidegate::sink<tidegate::http::http_sink>)
