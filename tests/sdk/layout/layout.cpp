// The table as C++20 sees it.
#include "table.h"
