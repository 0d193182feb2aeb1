/* A null pointer where a component should be. */
#include "parts.h"

static const tidegate_component* const components[] = {0};
static const tidegate_plugin plugin = GOOD_PLUGIN(components);
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
