/* A sink that takes no delivery. */
#include "parts.h"

static tidegate_status write(void* instance, const tidegate_delivery* batch, tidegate_error* error) {
  (void)instance, (void)batch, (void)error;
  return TIDEGATE_OK;
}
static const tidegate_sink sink = {sizeof sink, 0, create, start, write, 0, 0, stop, stop};
static const tidegate_component component = {
    sizeof component, TIDEGATE_SINK, TEXT("bad"), TEXT(""), TEXT("{\"properties\": {}}"), &sink};
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = GOOD_PLUGIN(components);
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
