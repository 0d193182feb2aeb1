/* The same component twice. */
#include "parts.h"

static const tidegate_source source = GOOD_SOURCE;
static const tidegate_component component = GOOD_COMPONENT(&source);
static const tidegate_component* const components[] = {&component, &component};
static const tidegate_plugin plugin = GOOD_PLUGIN(components);
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
