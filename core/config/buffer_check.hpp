// The check of buffers and of the spool that those on disk share.
#pragma once

#include <string>

#include "config/diagnostics.hpp"
#include "config/gateway.hpp"
#include "config/value.hpp"

namespace tidegate::config {

// What a pipeline's checked `buffer` says, null or not; what else is wrong with it is reported. `path` is
// that of the option.
buffer check_buffer(const value* checked, const std::string& path, diagnostics& said);

// What the checked section `spool` says.
spool_options check_spool(const value* checked);

// Warns where the buffers on disk may hold more than the spool does. `checked` is the section.
void warn_of_small_spool(const gateway& of, const value* checked, diagnostics& said);

}  // namespace tidegate::config
