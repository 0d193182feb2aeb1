// What a document holds; see load.hpp.
#pragma once

#include <vector>

#include "config/load.hpp"
#include "config/node.hpp"

namespace tidegate::config {

struct document::content {
  // The sections of all files, as one map. Sections that are maps are merged; one that is wrong may stand
  // here several times.
  node root;
  // A file could not be read: what is missing may stand there, and is not to be complained about.
  bool incomplete = false;
};

}  // namespace tidegate::config
