// As first.cpp, another plugin: counts up what it believes to be its own; the name of the table tells how
// far.
#include "shared.hpp"
#include "tidegate/abi.h"

extern "C" __attribute__((visibility("default"))) const tidegate_plugin* tidegate_plugin_entry_v1(void) {
  static tidegate_plugin plugin{};
  plugin.component_count = static_cast<uint32_t>(++library::counter<int>::value);
  return &plugin;
}
