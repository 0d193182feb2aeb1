#include "aws_iot_http_sink.hpp"

TIDEGATE_PLUGIN("aws-iot-http", "0.1.0", tidegate::sink<tidegate::http::aws_iot_http_sink>)
