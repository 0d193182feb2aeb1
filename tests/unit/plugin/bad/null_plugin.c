/* The entry function returns nothing. */
#include "parts.h"

EXPORT const tidegate_plugin* tidegate_plugin_entry_v1(void) { return 0; }
