/* Built with SDK 0.1, in which the functions of a source ended with destroy. What lies behind is not its own.
 */
#include <stddef.h>

#include "../bad/parts.h"

static tidegate_status never(void* instance, uint64_t mark, tidegate_error* error) {
  (void)instance, (void)mark, (void)error;
  return TIDEGATE_ERROR_BUG;
}
static const tidegate_source source = {
    offsetof(tidegate_source, acknowledge), 0, create, start, start, 0, stop, stop, never};
static const tidegate_component component = {sizeof component,
                                             TIDEGATE_SOURCE,
                                             TEXT("from-the-past"),
                                             TEXT("Knows less."),
                                             TEXT("{\"properties\": {}}"),
                                             &source};
static const tidegate_component* const components[] = {&component};
static const tidegate_plugin plugin = {sizeof plugin, 0, 1, TEXT("past"), TEXT("0.1.0"), 1, components};
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin; }
