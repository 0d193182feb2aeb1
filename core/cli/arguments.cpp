#include "cli/arguments.hpp"

#include <boost/program_options.hpp>

namespace tidegate::cli {

namespace options = boost::program_options;

namespace {

// What the options are read into, where the library cannot do it by itself.
struct texts {
  std::vector<std::string> files;
  std::vector<std::string> plugin_paths;
  std::vector<std::string> test_files;
  std::string path;
  std::string before;
  std::string encoding;
  std::string output;
};

options::options_description known_options(option_group group, arguments& parsed, texts& read) {
  options::options_description known;
  auto add = known.add_options();
  add("config,c", options::value(&read.files));
  add("help,h", options::bool_switch(&parsed.help));
  add("operand", options::value(&parsed.operands));
  if (group != option_group::spool) {
    add("plugin-path", options::value(&read.plugin_paths));
    add("default", options::bool_switch(&parsed.use_default));
    if (group == option_group::reload) add("plan", options::bool_switch(&parsed.plan));
    if (group == option_group::graph) add("format", options::value(&parsed.format));
    if (group == option_group::test) add("file,f", options::value(&read.test_files));
    return known;
  }
  add("path", options::value(&read.path));
  add("json", options::bool_switch(&parsed.spool.json));
  add("all", options::bool_switch(&parsed.spool.all));
  add("yes,y", options::bool_switch(&parsed.spool.yes));
  add("before", options::value(&read.before));
  add("encoding", options::value(&read.encoding));
  add("output,o", options::value(&read.output));
  return known;
}

}  // namespace

arguments parse(int count, const char* const* words, option_group group) {
  arguments parsed;
  texts read;
  const auto known = known_options(group, parsed, read);
  options::positional_options_description positions;
  positions.add("operand", -1);
  options::variables_map values;
  try {
    const std::vector<std::string> given(words, words + count);
    // A shortened option would change its meaning when a longer one is added.
    const auto style = options::command_line_style::unix_style & ~options::command_line_style::allow_guessing;
    options::store(
        options::command_line_parser(given).options(known).positional(positions).style(style).run(), values);
    options::notify(values);
  } catch (const options::error& wrong) {
    throw usage_error{wrong.what()};
  }
  for (const auto& [name, value] : values)
    if (!value.defaulted() && name != "operand") parsed.options.push_back(name);
  parsed.files.assign(read.files.begin(), read.files.end());
  parsed.plugin_paths.assign(read.plugin_paths.begin(), read.plugin_paths.end());
  parsed.test_files.assign(read.test_files.begin(), read.test_files.end());
  if (values.count("path") != 0) parsed.spool.path = read.path;
  if (values.count("before") != 0) parsed.spool.before = read.before;
  if (values.count("encoding") != 0) parsed.spool.encoding = read.encoding;
  if (values.count("output") != 0) parsed.spool.output = read.output;
  if (parsed.use_default && !parsed.files.empty())
    throw usage_error{"--default and --config exclude each other"};
  if (parsed.spool.path && !parsed.files.empty()) throw usage_error{"--path and --config exclude each other"};
  return parsed;
}

}  // namespace tidegate::cli
