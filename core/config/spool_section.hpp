// The spool of a configuration alone, for commands that look at it.
#pragma once

#include "config/load.hpp"

namespace tidegate::config {

// What the files say of the spool, with the defaults where they say nothing. Needs no plugin, and nothing of
// the rest has to be right; what is wrong with the section itself is reported.
spool_options spool_of(const document& files, diagnostics& said);

}  // namespace tidegate::config
