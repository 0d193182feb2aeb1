/* The right entry, and a table of another major. */
#include "parts.h"

static const tidegate_source source = GOOD_SOURCE;
static const tidegate_component component = GOOD_COMPONENT(&source);
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = {sizeof plugin, 3, 0, TEXT("bad"), TEXT("1.0.0"), 1, components};
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
