/* No functions at all. */
#include "parts.h"

static const tidegate_component component = GOOD_COMPONENT(0);
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = GOOD_PLUGIN(components);
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
