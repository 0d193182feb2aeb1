// What runs without a configuration file: something to look at, with small limits.
#pragma once

#include <string_view>

namespace tidegate::cli {

inline constexpr std::string_view default_configuration = R"(
state: {path: tidegate-data/state}

sources:
  cpu: {plugin: cpu, interval: 2s}
  memory: {plugin: memory, interval: 2s}

pipelines:
  local:
    from: [cpu, memory]
    to: [file, console]

sinks:
  file:
    plugin: file
    path: tidegate-data/%Y-%m-%d.ndjson
    rotation: {max_size: 16MiB}
    retention: {max_files: 4}
  console:
    plugin: console
)";

}  // namespace tidegate::cli
