#include "codec/format/mapping.hpp"

#include <array>
#include <utility>

#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

constexpr std::array<std::pair<std::string_view, type>, 5> types{{{"f64", type::f64},
                                                                  {"i64", type::i64},
                                                                  {"u64", type::u64},
                                                                  {"bool", type::boolean},
                                                                  {"string", type::string}}};

std::string read_source(const options& from) {
  auto source = from.string();
  if (source.empty()) throw configuration_error(from.path(), "is empty; name a value of the data");
  return source;
}

}  // namespace

std::optional<type> type_by_name(std::string_view name) noexcept {
  for (const auto& [known, is] : types)
    if (known == name) return is;
  return std::nullopt;
}

std::string_view name_of(type of) noexcept {
  for (const auto& [name, is] : types)
    if (is == of) return name;
  return "bytes";
}

mapping::mapping(const options& format, std::string_view default_name) : name_{default_name} {
  read_types(format);
  read_scale(format);
  read_time(format);
  read_name(format);
  read_chosen(format, "tags", target::use::tag);
  read_chosen(format, "fields", target::use::field);
  if (takes_all_) return;
  for (const auto& [field, type] : types_) check_field(format["types"], field);
  for (const auto& [field, factor] : scale_) check_field(format["scale"], field);
}

void mapping::read_types(const options& format) {
  if (!format.has("types")) return;
  const auto given = format["types"];
  for (std::uint32_t index = 0; index < given.size(); ++index) {
    const auto name = given[index].string();
    const auto type = type_by_name(name);
    if (!type)
      throw configuration_error(given[index].path(),
                                "must be one of " + std::string{type_names} + "; this is '" + name + "'");
    types_.emplace(given.key(index), *type);
  }
}

void mapping::read_scale(const options& format) {
  if (!format.has("scale")) return;
  const auto given = format["scale"];
  for (std::uint32_t index = 0; index < given.size(); ++index)
    scale_.emplace(given.key(index), given[index].number());
}

void mapping::check_field(const options& at, std::string_view field) const {
  for (const auto& [source, entry] : by_source_)
    if (entry.to.is == target::use::field && entry.to.name == field) return;
  throw configuration_error(at.path() + "." + std::string{field}, "names a field that is not among 'fields'");
}

void mapping::read_time(const options& format) {
  if (!format.has("time")) return;
  const auto time = format["time"];
  if (time.type() == TIDEGATE_TYPE_STRING) return;  // arrival
  if (!time.has("from"))
    throw configuration_error("time.from",
                              "is missing: which value is the time? Write time: arrival if there is none");
  const auto how = text_or(time, "format", "rfc3339");
  const auto problem = time_reader::problem_of(how);
  if (!problem.empty()) throw configuration_error("time.format", problem);
  const auto zone =
      text_or(time, "zone", "utc") == "local" ? time_reader::zone::local : time_reader::zone::utc;
  time_ = time_reader{how, zone};
  add(read_source(time["from"]), {.is = target::use::time}, "time.from");
}

void mapping::read_name(const options& format) {
  if (!format.has("name")) return;
  const auto name = format["name"];
  if (name.type() == TIDEGATE_TYPE_STRING) {
    name_ = name.string();
    if (name_.empty()) throw configuration_error("name", "is empty; a series needs a name");
    return;
  }
  if (!name.has("from")) throw configuration_error("name.from", "is missing: which value is the name?");
  add(read_source(name["from"]), {.is = target::use::name}, "name.from");
}

void mapping::read_chosen(const options& format, std::string_view key, target::use use) {
  const auto picked = read_selection(format, key);
  if (use == target::use::field) takes_all_ = picked.all;
  for (const auto& each : picked.chosen) {
    auto to = use == target::use::field ? field(each.output) : target{.is = use, .name = each.output};
    add(each.source, std::move(to), each.path);
  }
}

void mapping::add(const std::string& source, target to, const std::string& path) {
  const auto [found, is_new] = by_source_.emplace(source, chosen{std::move(to), path});
  if (!is_new)
    throw configuration_error(path, "names '" + source + "', which " + found->second.path +
                                        " names already; remove one of the two");
}

target mapping::field(std::string_view name) const {
  target made{.is = target::use::field, .name = std::string{name}};
  if (const auto found = types_.find(made.name); found != types_.end()) made.wanted = found->second;
  if (const auto found = scale_.find(made.name); found != scale_.end()) made.scale = found->second;
  return made;
}

target mapping::of(std::string_view value) const {
  if (const auto found = by_source_.find(std::string{value}); found != by_source_.end())
    return found->second.to;
  return takes_all_ && !value.empty() ? field(value) : target{};
}

target mapping::of(std::string_view value, std::optional<type> wanted) const {
  auto made = of(value);
  if (made.is == target::use::field && !made.wanted) made.wanted = wanted;
  return made;
}

}  // namespace tidegate::codec
