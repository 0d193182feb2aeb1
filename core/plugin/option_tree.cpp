#include "plugin/option_tree.hpp"

#include <cstdint>
#include <utility>
#include <variant>

#include "tidegate/options.hpp"

namespace tidegate::plugin {

tidegate_value option_tree::convert(const config::value& from) {
  tidegate_value made{};
  if (const auto* boolean = std::get_if<bool>(&from.data)) {
    made.type = TIDEGATE_TYPE_BOOL;
    made.as.boolean = *boolean ? 1 : 0;
  } else if (const auto* integer = std::get_if<std::int64_t>(&from.data)) {
    made.type = TIDEGATE_TYPE_I64;
    made.as.i64 = *integer;
  } else if (const auto* number = std::get_if<double>(&from.data)) {
    made.type = TIDEGATE_TYPE_F64;
    made.as.f64 = *number;
  } else if (const auto* string = std::get_if<std::string>(&from.data)) {
    made.type = TIDEGATE_TYPE_STRING;
    made.as.text = text(*string);
  } else if (const auto* list = std::get_if<config::value::list>(&from.data)) {
    auto items = std::make_unique<tidegate_value[]>(list->size());
    for (const auto& each : *list) items[made.count++] = convert(each);
    made.type = TIDEGATE_TYPE_LIST;
    made.as.items = lists_.emplace_back(std::move(items)).get();
  } else if (const auto* map = std::get_if<config::value::map>(&from.data)) {
    auto entries = std::make_unique<tidegate_entry[]>(map->size());
    for (const auto& [key, value] : *map) entries[made.count++] = {text(key), convert(value)};
    made.type = TIDEGATE_TYPE_MAP;
    made.as.entries = maps_.emplace_back(std::move(entries)).get();
  }
  return made;
}

}  // namespace tidegate::plugin
