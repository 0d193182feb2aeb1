/* Nothing is offered. */
#include "parts.h"

static const tidegate_plugin plugin = {sizeof plugin, 0, 1, TEXT("bad"), TEXT("1.0.0"), 0, 0};
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
