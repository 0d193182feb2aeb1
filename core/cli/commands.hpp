// The commands: one function each, in a file of the same name. Data goes to standard output, messages to
// standard error; each returns the program's exit code.
#pragma once

#include "cli/arguments.hpp"

namespace tidegate::cli {

int run(const arguments& given);
int check(const arguments& given);
int graph(const arguments& given);
int explain(const arguments& given);
int test(const arguments& given);
int plugin(const arguments& given);
int spool(const arguments& given);
int reload(const arguments& given);
int version(const arguments& given);

}  // namespace tidegate::cli
