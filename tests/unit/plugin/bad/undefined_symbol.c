/* Needs a library that is not there: here, a function of it. */
#include "parts.h"

void nowhere_to_be_found(void);
static void stop_somewhere(void* instance) { (void)instance, nowhere_to_be_found(); }
static const tidegate_source source = {sizeof source, 0, create, start, start, 0, stop_somewhere, stop, 0};
static const tidegate_component component = GOOD_COMPONENT(&source);
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = GOOD_PLUGIN(components);
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
