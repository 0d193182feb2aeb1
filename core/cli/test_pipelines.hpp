// The part of `tidegate test` that reads no source.
#pragma once

#include "cli/arguments.hpp"

namespace tidegate::cli {

// Runs the files of --file. The program's exit code.
int test_pipelines(const arguments& given);

}  // namespace tidegate::cli
