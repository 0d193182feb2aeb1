#include "plugin/library.hpp"

#define BOOST_DLL_USE_STD_FS
#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>
#include <deque>
#include <mutex>
#include <system_error>

namespace tidegate::plugin {

namespace {

// Kept until the process ends, on purpose without a destructor.
boost::dll::shared_library& keep(boost::dll::shared_library opened) {
  static auto& mutex = *new std::mutex;
  static auto& kept = *new std::deque<boost::dll::shared_library>;
  const std::lock_guard lock{mutex};
  return kept.emplace_back(std::move(opened));
}

// What the loader said, without the path at its beginning: the reader of the message has it already.
std::string loader_text(const std::filesystem::path& file) {
  const char* said = ::dlerror();
  std::string text = said != nullptr ? said : "the loader does not say why";
  const auto prefix = file.string() + ": ";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

}  // namespace

tidegate_plugin_entry open_library(const std::filesystem::path& file, std::string& problem) {
  std::error_code failed;
  boost::dll::shared_library opened;
  opened.load(file, failed, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (failed) {
    problem = "cannot be loaded: " + loader_text(file) + "; install what is missing";
    return nullptr;
  }
  auto& library = keep(std::move(opened));
  if (!library.has(TIDEGATE_PLUGIN_ENTRY)) {
    problem = "exports no " TIDEGATE_PLUGIN_ENTRY;
    return nullptr;
  }
  return &library.get<const tidegate_plugin*()>(TIDEGATE_PLUGIN_ENTRY);
}

}  // namespace tidegate::plugin
