#include "config/references.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include "config/message.hpp"

namespace tidegate::config {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = 64 * 1024;

expanded failed(std::string problem) { return {{}, false, std::move(problem)}; }

// One newline at the end is the editor's, not the value's.
void cut_newline(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

expanded read_file(const fs::path& path, const std::string& who) {
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) return failed(who + " cannot be read: it is a folder");
  std::ifstream stream{path, std::ios::binary};
  if (!stream) return failed(who + " cannot be read: " + std::strerror(errno));
  std::string text(file_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) return failed(who + " cannot be read: " + std::strerror(errno));
  if (text.size() > file_bytes_max) return failed(who + " is larger than 64KiB, too large for a value");
  cut_newline(text);
  return {std::move(text), true, {}};
}

bool is_variable_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char letter : name) {
    const bool fits = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9') || letter == '_';
    if (!fits) return false;
  }
  return true;
}

// NAME or NAME:-default; as in a shell, the default also stands for an empty variable.
expanded from_environment(std::string_view said, bool secret) {
  const auto cut = said.find(":-");
  const std::string name{said.substr(0, cut)};
  if (!is_variable_name(name))
    return failed("a reference to the environment is written ${env:NAME} or ${env:NAME:-default}" +
                  (secret ? std::string{} : ", but the name is " + in_quotes(name)));
  const char* found = std::getenv(name.c_str());
  if (cut != std::string_view::npos && (found == nullptr || *found == '\0'))
    return {std::string{said.substr(cut + 2)}, false, {}};
  if (found == nullptr)
    return failed("environment variable " + in_quotes(name) +
                  " is not set; set it, or give a default: ${env:" + shown(name) + ":-default}");
  return {found, false, {}};
}

expanded from_file(std::string_view said, const fs::path& base) {
  if (said.empty()) return failed("a reference to a file is written ${file:PATH}");
  return read_file(base / fs::path{said}, "file " + in_quotes(said));
}

expanded from_credential(std::string_view name) {
  const auto who = "credential " + in_quotes(name);
  if (name.empty() || name.find('/') != std::string_view::npos || name == "." || name == "..")
    return failed(
        "a reference to a credential is written ${credential:NAME}, and the name is that of a file "
        "without its folder");
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0')
    return failed(who +
                  " cannot be read: $CREDENTIALS_DIRECTORY is not set; add 'LoadCredential=" + shown(name) +
                  ":/path/to/it' to the systemd unit, or set the variable to a folder that holds it");
  std::error_code unknown;
  const auto path = fs::path{folder} / fs::path{name};
  if (!fs::exists(path, unknown))
    return failed(who + " is not in $CREDENTIALS_DIRECTORY (" + shown(folder) +
                  "); add 'LoadCredential=" + shown(name) + ":/path/to/it' to the systemd unit");
  return read_file(path, who);
}

// What stands between ${ and }.
expanded resolve(std::string_view said, const fs::path& base, bool secret) {
  const auto colon = said.find(':');
  const auto kind = said.substr(0, colon);
  const auto rest = colon == std::string_view::npos ? std::string_view{} : said.substr(colon + 1);
  if (colon != std::string_view::npos) {
    if (kind == "env") return from_environment(rest, secret);
    if (kind == "file") return from_file(rest, base);
    if (kind == "credential") return from_credential(rest);
  }
  if (secret)
    return failed(
        "'${' begins a reference: ${env:NAME}, ${file:PATH} or ${credential:NAME}; write $${ for '${' "
        "itself");
  if (colon == std::string_view::npos && is_variable_name(said))
    return failed("'${" + shown(said) + "}' is not a reference; write ${env:" + shown(said) + "}, or $${" +
                  shown(said) + "} for the text itself");
  return failed(
      "'${" + shown(said) +
      "}' is not a reference; known are ${env:NAME}, ${file:PATH} and ${credential:NAME}; write $${ for "
      "'${' itself");
}

}  // namespace

bool has_reference(std::string_view text) { return text.find("${") != std::string_view::npos; }

expanded expand(std::string_view text, const fs::path& base, bool secret) {
  expanded all;
  while (true) {
    const auto begin = text.find("${");
    if (begin == std::string_view::npos) break;
    if (begin > 0 && text[begin - 1] == '$') {
      all.text += text.substr(0, begin - 1);
      all.text += "${";
      text.remove_prefix(begin + 2);
      continue;
    }
    const auto end = text.find('}', begin);
    if (end == std::string_view::npos)
      return failed("a reference that begins with '${' has no closing '}'; write $${ for '${' itself");
    auto value = resolve(text.substr(begin + 2, end - begin - 2), base, secret);
    if (!value.problem.empty()) return value;
    all.text += text.substr(0, begin);
    all.text += value.text;
    all.hidden = all.hidden || value.hidden;
    text.remove_prefix(end + 1);
  }
  all.text += text;
  return all;
}

}  // namespace tidegate::config
