/* Its source is replayable, and cannot be told what it need not deliver again. */
#include "parts.h"

static const tidegate_source source = {
    sizeof source, TIDEGATE_FLOW_REPLAYABLE, create, start, start, 0, stop, stop, 0};
static const tidegate_component component = GOOD_COMPONENT(&source);
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = GOOD_PLUGIN(components);
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
