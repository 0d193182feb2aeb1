/* The table as C11 sees it. */
#include "table.h"
