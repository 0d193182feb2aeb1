#include "config/spool_section.hpp"

#include "config/buffer_check.hpp"
#include "config/document.hpp"
#include "config/host_options.hpp"

namespace tidegate::config {

spool_options spool_of(const document& files, diagnostics& said) {
  for (const auto& section : files.inside().root.entries) {
    if (section.key != "spool") continue;
    const auto checked = check_option(*file_options().find("spool"), section.value, section.key, {}, said);
    return check_spool(&checked);
  }
  return check_spool(nullptr);
}

}  // namespace tidegate::config
