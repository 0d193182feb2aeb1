/* Its source has a flow that no host knows. */
#include "parts.h"

static const tidegate_source source = {sizeof source, 7, create, start, start, 0, stop, stop, 0};
static const tidegate_component component = GOOD_COMPONENT(&source);
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = GOOD_PLUGIN(components);
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
