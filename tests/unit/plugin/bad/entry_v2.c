/* Made for hosts of a later major. */
#include "parts.h"

EXPORT const void* tidegate_plugin_entry_v2(void) { return 0; }
