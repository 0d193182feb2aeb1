/* A kind of component that is not known. */
#include "parts.h"

static const tidegate_source source = GOOD_SOURCE;
static const tidegate_component component = {sizeof component, 9, TEXT("bad"), TEXT(""), TEXT("{}"), &source};
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = GOOD_PLUGIN(components);
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
