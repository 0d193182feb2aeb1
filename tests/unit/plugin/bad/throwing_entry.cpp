// The entry function is there to return a table.
#include <stdexcept>

#include "tidegate/abi.h"

extern "C" __attribute__((visibility("default"))) const tidegate_plugin* tidegate_plugin_entry_v1(void) {
  throw std::runtime_error{"not today"};
}
