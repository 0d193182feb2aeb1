/* A library that is no plugin. */
#include "parts.h"

int answer(void) { return 42; }
