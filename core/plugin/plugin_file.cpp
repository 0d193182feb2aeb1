#include "plugin/plugin_file.hpp"

#include <algorithm>
#include <exception>
#include <fstream>
#include <string_view>
#include <vector>

#include "plugin/elf_file.hpp"
#include "plugin/library.hpp"

namespace tidegate::plugin {

namespace {

// Its end is the version of the entry, which is the major that the plugin's makers had in mind.
constexpr std::string_view entry_prefix = "tidegate_plugin_entry_v";

bool read_elf_file(const std::filesystem::path& file, elf_file& made, std::string& problem) {
  std::ifstream stream{file, std::ios::binary};
  const auto read = [&](std::uint64_t offset, void* to, std::size_t bytes) {
    stream.clear();
    stream.seekg(static_cast<std::streamoff>(offset));
    stream.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes));
    return stream.good();
  };
  if (!stream) {
    problem = "cannot be read; give the daemon's user the right to";
    return false;
  }
  if (read_elf(read, made, problem)) return true;
  problem += "; take it out of the plugin folder or install the plugin anew";
  return false;
}

// C++ names as a reader knows them would need a demangler; the beginning of what is there says enough.
std::string extra_symbols(const std::vector<std::string>& extra) {
  if (extra.size() == 1) return "'" + extra[0] + "'";
  return "'" + extra[0] + "' and " + std::to_string(extra.size() - 1) +
         (extra.size() == 2 ? " other symbol" : " other symbols");
}

std::string check_exports(const std::vector<std::string>& exports) {
  if (std::find(exports.begin(), exports.end(), TIDEGATE_PLUGIN_ENTRY) == exports.end()) {
    for (const auto& each : exports)
      if (each.starts_with(entry_prefix))
        return "is made for hosts with plugin entry v" + each.substr(entry_prefix.size()) +
               ", this host knows v1; install a newer tidegate";
    return "exports no " TIDEGATE_PLUGIN_ENTRY
           ", so it is no plugin; take it out of the plugin folder, or declare its components with "
           "TIDEGATE_PLUGIN";
  }
  std::vector<std::string> extra;
  for (const auto& each : exports)
    if (!each.starts_with(entry_prefix)) extra.push_back(each);
  if (extra.empty()) return {};
  std::sort(extra.begin(), extra.end());
  return "exports " + extra_symbols(extra) +
         " beside " TIDEGATE_PLUGIN_ENTRY
         "; link it with tidegate_add_plugin, which applies the version script";
}

const tidegate_plugin* call_entry(tidegate_plugin_entry entry, std::string& problem) {
  try {
    return entry();
  } catch (...) {
    problem = "throws an exception from its entry function; let it return its table and do nothing else";
    return nullptr;
  }
}

std::string open_checked(const std::filesystem::path& file, const file_rules& rules, descriptor& made) {
  if (auto wrong = check_file(file, rules); !wrong.empty()) return wrong;
  std::string problem;
  elf_file elf;
  if (!read_elf_file(file, elf, problem)) return problem;
  if (!elf.ours)
    return "was built for " + elf.machine + ", this machine is " + own_machine() +
           "; install the package for this architecture";
  if (auto wrong = check_exports(elf.exports); !wrong.empty()) return wrong;
  const auto entry = open_library(file, problem);
  if (entry == nullptr) return problem;
  const auto* table = call_entry(entry, problem);
  if (problem.empty()) check_descriptor(table, file, made, problem);
  return problem;
}

}  // namespace

bool open_plugin(const std::filesystem::path& file, const file_rules& rules, descriptor& made,
                 std::string& problem) {
  const auto wrong = open_checked(file, rules, made);
  if (wrong.empty()) return true;
  problem = file.string() + ": " + wrong;
  return false;
}

}  // namespace tidegate::plugin
