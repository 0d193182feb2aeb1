#include "cli/arguments.hpp"

#include <boost/program_options.hpp>

namespace tidegate::cli {

namespace options = boost::program_options;

arguments parse(int count, const char* const* words) {
  std::vector<std::string> files;
  std::vector<std::string> plugin_paths;
  arguments parsed;

  options::options_description known;
  auto add = known.add_options();
  add("config,c", options::value(&files));
  add("plugin-path", options::value(&plugin_paths));
  add("default", options::bool_switch(&parsed.use_default));
  add("help,h", options::bool_switch(&parsed.help));
  add("operand", options::value(&parsed.operands));
  options::positional_options_description positions;
  positions.add("operand", -1);

  try {
    options::variables_map values;
    const std::vector<std::string> given(words, words + count);
    // A shortened option would change its meaning when a longer one is added.
    const auto style = options::command_line_style::unix_style & ~options::command_line_style::allow_guessing;
    options::store(
        options::command_line_parser(given).options(known).positional(positions).style(style).run(), values);
    options::notify(values);
  } catch (const options::error& wrong) {
    throw usage_error{wrong.what()};
  }
  parsed.files.assign(files.begin(), files.end());
  parsed.plugin_paths.assign(plugin_paths.begin(), plugin_paths.end());
  if (parsed.use_default && !parsed.files.empty())
    throw usage_error{"--default and --config exclude each other"};
  return parsed;
}

}  // namespace tidegate::cli
