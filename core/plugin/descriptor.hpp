// Checks the table that a plugin's entry function returns, and makes components of it.
#pragma once

#include <filesystem>
#include <list>
#include <string>
#include <vector>

#include "plugin/catalogue.hpp"
#include "tidegate/abi.h"

namespace tidegate::plugin {

// The functions of one component as this program knows them, at a fixed place in memory.
struct functions {
  tidegate_source source{};
  tidegate_processor processor{};
  tidegate_sink sink{};
};

// What a good table holds. The components point into `tables`.
struct descriptor {
  std::list<functions> tables;
  std::list<component> components;
};

// False, with a phrase in `problem` that completes "the plugin ..." and names the mend, if anything is wrong
// with it: a plugin is used as a whole or not at all. The table is read only as far as its sizes say.
bool check_descriptor(const tidegate_plugin* table, const std::filesystem::path& file, descriptor& made,
                      std::string& problem);

}  // namespace tidegate::plugin
