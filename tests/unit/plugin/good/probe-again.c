/* Offers a component that probe-parts offers too; in plain C. */
#include "../bad/parts.h"

static const tidegate_source source = GOOD_SOURCE;
static const tidegate_component component = {
    sizeof component, TIDEGATE_SOURCE, TEXT("probe"), TEXT("Another one."), TEXT("{\"properties\": {}}"),
    &source};
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = GOOD_PLUGIN(components);
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
