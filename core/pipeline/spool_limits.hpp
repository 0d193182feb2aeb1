// The limits of a configuration as the spool has them, and what is left of them for memory.
#pragma once

#include "config/gateway.hpp"
#include "spool/spool.hpp"

namespace tidegate::pipeline {

spool::commit_rule commit_rule_of(const config::buffer& options);
spool::reader_limits reader_limits_of(const config::buffer& options);

// Before the steps of a pipeline batches wait in memory, whatever its buffer is: what is not accepted yet
// must not fill the memory with what is meant for a disk.
config::buffer limits_before_steps(const config::buffer& options);

}  // namespace tidegate::pipeline
