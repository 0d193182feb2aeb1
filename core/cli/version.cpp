// tidegate version
#include <cstdio>

#include "cli/commands.hpp"
#include "tidegate/abi.h"

namespace tidegate::cli {

int version(const arguments& given) {
  if (!given.operands.empty()) throw usage_error{"takes no operand '" + given.operands.front() + "'"};
  std::printf("tidegate %s\nplugin ABI %d.%d\n", TIDEGATE_VERSION, TIDEGATE_ABI_MAJOR, TIDEGATE_ABI_MINOR);
  return exit_ok;
}

}  // namespace tidegate::cli
