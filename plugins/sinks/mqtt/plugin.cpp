#include "mqtt_sink.hpp"

TIDEGATE_PLUGIN("mqtt", "0.1.0", tidegate::sink<tidegate::mqtt::mqtt_sink>)
