#include "codec/object_settings.hpp"

namespace tidegate::codec {
namespace {

[[noreturn]] void clash(const std::string& option, const std::string& key, const std::string& with) {
  throw configuration_error(option,
                            "the key '" + key + "' is already that of " + with + "; choose another name");
}

void check_key(const object_settings& settings, const std::string& option, const std::string& key) {
  if (settings.time.is_written && key == settings.time.key) clash(option, key, "the time");
  if (settings.name && key == *settings.name) clash(option, key, "the name");
}

void check_nested(const object_settings& settings) {
  for (const auto* key : {"tags", "fields"}) {
    const bool is_written = key[0] == 'f' || !settings.tags.is_none();
    if (!is_written) continue;
    if (settings.time.is_written && settings.time.key == key)
      clash("time.as", key, "the " + std::string{key});
    if (settings.name && *settings.name == key) clash("name.as", key, "the " + std::string{key});
  }
}

void check_flat(const object_settings& settings) {
  for (const auto& tag : settings.tags.chosen) check_key(settings, tag.path, tag.output);
  for (const auto& field : settings.fields.chosen) {
    check_key(settings, field.path, field.output);
    for (const auto& tag : settings.tags.chosen)
      if (tag.output == field.output) clash(field.path, field.output, "a tag");
  }
}

void check(const object_settings& settings) {
  if (settings.time.is_written && settings.name && settings.time.key == *settings.name)
    clash("name.as", *settings.name, "the time");
  if (settings.with_missing && settings.fields.all)
    throw configuration_error("missing", "needs chosen fields; list them under 'fields', or remove it");
  if (settings.flat)
    check_flat(settings);
  else
    check_nested(settings);
}

}  // namespace

object_settings read_object_settings(const options& encoding, bool is_sequence) {
  refuse_options(encoding, {"columns", "header", "delimiter"});
  if (is_sequence) refuse_options(encoding, {"array"});
  object_settings made;
  made.is_sequence = is_sequence;
  made.array_always = text_or(encoding, "array", "auto") == "always";
  made.flat = text_or(encoding, "layout", "nested") == "flat";
  made.with_missing = text_or(encoding, "missing", "omit") == "empty";
  made.time = read_time(encoding, "rfc3339");
  made.name = read_name(encoding);
  made.tags = read_selection(encoding, "tags");
  made.fields = read_selection(encoding, "fields");
  check(made);
  return made;
}

}  // namespace tidegate::codec
