#include "aws_iot_sink.hpp"

TIDEGATE_PLUGIN("aws-iot", "0.1.0", tidegate::sink<tidegate::mqtt::aws_iot_sink>)
