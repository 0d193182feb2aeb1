/* Built with a later SDK: every struct has members at its end that this host does not know. */
#include "../bad/parts.h"

typedef struct later_source {
  tidegate_source known;
  void* unknown[3];
} later_source;
typedef struct later_component {
  tidegate_component known;
  void* unknown[2];
} later_component;
typedef struct later_plugin {
  tidegate_plugin known;
  void* unknown;
} later_plugin;

static const later_source source = {{sizeof source, 0, create, start, start, 0, stop, stop, 0}, {0}};
static const later_component component = {{sizeof component, TIDEGATE_SOURCE, TEXT("from-the-future"),
                                           TEXT("Knows more."), TEXT("{\"properties\": {}}"), &source.known},
                                          {0}};
static const tidegate_component* const components[] = {&component.known};
static const later_plugin plugin = {
    {sizeof plugin, TIDEGATE_ABI_MAJOR, TIDEGATE_ABI_MINOR, TEXT("future"), TEXT("9.0.0"), 1, components}, 0};
EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return &plugin.known; }
