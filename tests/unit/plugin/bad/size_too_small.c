/* The table ends before its list of components. */
#include <stddef.h>

#include "parts.h"

static const tidegate_source source = GOOD_SOURCE;
static const tidegate_component component = GOOD_COMPONENT(&source);
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = {
    offsetof(tidegate_plugin, components), 0, 1, TEXT("bad"), TEXT("1.0.0"), 1, components};
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
