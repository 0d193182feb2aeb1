// The host's own options: what is said of the sections of a file, in the notation that plugins use too.
#pragma once

#include "config/gateway.hpp"
#include "config/option.hpp"

namespace tidegate::config {

// A whole file; sources, sinks and pipelines are left unchecked.
const option& file_options();

// One pipeline; `process` is left unchecked.
const option& pipeline_options();

// An instance: the component's options and the host's (plugin, tags, interval, ring, ring_max_size,
// report_gaps, batch, retry, catch_up_rate, live_first). Where a component declares one of the host's names
// itself, its defaults and limits hold.
option instance_options(component_kind kind, const schema& component, const source_traits& source);

// Whether the host alone looks at an option of an instance.
bool is_host_option(component_kind kind, const schema& component, std::string_view name);

}  // namespace tidegate::config
