#include "cli/running.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace tidegate::cli {

namespace files = std::filesystem;

static constexpr const char* file_name = "running";
static constexpr const char* first_line = "tidegate 1";

std::optional<running_record> read_running(const files::path& state) {
  std::ifstream from{state / file_name};
  std::string line;
  if (!std::getline(from, line) || line != first_line) return std::nullopt;
  running_record made;
  while (std::getline(from, line)) {
    std::istringstream words{line};
    std::string what;
    words >> what;
    if (what == "process") words >> made.process;
    if (what == "reload") words >> made.reloads >> made.state;
    if (what == "said") made.said.push_back(line.substr(line.find(' ') + 1));
    if (what != "instance") continue;
    std::string identity;
    std::string name;
    words >> identity >> std::ws;
    std::getline(words, name);
    made.instances[name] = identity;
  }
  return made;
}

config::identities short_identities(const config::gateway& of) {
  auto made = config::identities_of(of);
  made["setting gateway.id"] = of.id;
  made["setting log.format"] = of.log.format;
  made["setting state.path"] = of.state_path.string();
  made["setting spool.path"] = of.spool.path.string();
  made["setting spool.max_size"] = std::to_string(of.spool.max_bytes);
  made["setting spool.min_free"] = std::to_string(of.spool.min_free_bytes);
  for (const auto& path : of.plugin_paths) made["setting plugins.paths"] += path.string() + ":";
  for (auto& [name, identity] : made) identity = config::short_identity(identity);
  return made;
}

running_file::running_file(files::path state) : folder_{std::move(state)} {
  std::error_code failed;
  files::create_directory(folder_, failed);
  std::string problem;
  lock_ = spool::lock::acquire(folder_, problem);
  record_.process = ::getpid();
}

running_file::~running_file() {
  std::error_code ignored;
  if (lock_ != nullptr) files::remove(folder_ / file_name, ignored);
}

void running_file::runs(config::identities instances) {
  record_.instances = std::move(instances);
  write();
}

void running_file::reload_begins() {
  ++record_.reloads;
  record_.state = "under-way";
  record_.said.clear();
  write();
}

void running_file::reload_ends(bool is_done, std::vector<std::string> said) {
  record_.state = is_done ? "done" : "refused";
  record_.said = std::move(said);
  write();
}

// Whole or not at all; not synced, since it means nothing after a power cut. For the gateway's account alone:
// the identities are made of what may be secret.
void running_file::write() const {
  if (lock_ == nullptr) return;
  std::string text = std::string{first_line} + "\nprocess " + std::to_string(record_.process) + "\nreload " +
                     std::to_string(record_.reloads) + " " + record_.state + "\n";
  for (const auto& each : record_.said) text += "said " + each + "\n";
  for (const auto& [name, identity] : record_.instances) text += "instance " + identity + " " + name + "\n";
  const auto fresh = folder_ / ".running.new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return;
  const bool is_written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  std::error_code ignored;
  if (is_written) files::rename(fresh, folder_ / file_name, ignored);
}

}  // namespace tidegate::cli
