#include "field_plan.hpp"

#include <algorithm>

namespace tidegate::map {

name_pairs pairs_of(const options& given) {
  name_pairs all;
  for (std::uint32_t index = 0; index < given.size(); ++index) {
    const auto from = given[index];
    if (given.key(index).empty() || from.text().empty())
      throw configuration_error(given.path(), "has an empty name; write 'NEW: OLD'");
    all.emplace_back(given.key(index), from.string());
  }
  return all;
}

namespace {

// The option inside a group that may not be given at all.
name_pairs pairs_in(const options& group, std::string_view key) {
  return group.is_null() ? name_pairs{} : pairs_of(group[key]);
}

}  // namespace

std::vector<field_plan::named_constant> field_plan::constants_of(const options& group) {
  std::vector<named_constant> all;
  if (group.is_null()) return all;
  const auto given = group["fields"];
  for (std::uint32_t index = 0; index < given.size(); ++index) {
    if (given.key(index).empty())
      throw configuration_error(given.path(), "has an empty name; write 'NAME: VALUE'");
    all.push_back({std::string{given.key(index)}, constant{given[index]}});
  }
  return all;
}

field_plan::field_plan(const options& given)
    : removes_{given.has("remove") && given["remove"].has("fields")},
      renamed_{pairs_in(given["rename"], "fields")},
      copied_{pairs_in(given["copy"], "fields")},
      copied_tags_{pairs_in(given["copy"], "fields_from_tags")},
      defaults_{constants_of(given["defaults"])},
      added_{constants_of(given["add"])} {
  if (removes_) removed_ = series::patterns{given["remove"]["fields"]};
  const auto conversions = given["convert"];
  for (std::uint32_t index = 0; index < conversions.size(); ++index)
    conversions_.push_back({std::string{conversions.key(index)}, conversion{conversions[index]}});
}

void field_plan::begin(batch_view batch) {
  parts_.assign(batch.shape_count(), {});
  entries_.clear();
}

field_plan::entry* field_plan::find(std::string_view name) {
  const auto found =
      std::find_if(made_.begin(), made_.end(), [&](const entry& each) { return each.name == name; });
  return found == made_.end() ? nullptr : &*found;
}

void field_plan::replace(entry made) {
  if (auto* same = find(made.name))
    *same = made;
  else
    made_.push_back(made);
}

// All at once, so that two fields can change their names for each other's.
void field_plan::rename() {
  for (auto& each : made_)
    for (const auto& [now, before] : renamed_)
      if (each.name == before) {
        each.name = now;
        break;
      }
  for (const auto& pair : renamed_) {
    const auto is_that = [&](const entry& each) { return each.name == pair.first; };
    const auto first = std::find_if(made_.begin(), made_.end(), is_that);
    if (first == made_.end()) continue;
    // Of two with the name now, the renamed one stays; made_ has the names that the columns had in `tag`.
    const auto renamed = std::find_if(made_.begin(), made_.end(), [&](const entry& each) {
      return is_that(each) && each.tag == pair.second;
    });
    if (renamed == made_.end()) continue;
    const auto kept = *renamed;
    *first = kept;
    made_.erase(std::remove_if(first + 1, made_.end(), is_that), made_.end());
  }
}

void field_plan::copy() {
  for (const auto& [name, from] : copied_) {
    const auto* found = find(from);
    if (found == nullptr) continue;
    auto made = *found;
    made.name = name;
    replace(made);
  }
  for (const auto& [name, tag] : copied_tags_) replace({name, origin::tag, 0, tag, nullptr, nullptr});
}

void field_plan::find_conversions() {
  for (auto& each : made_)
    for (auto& conversion : conversions_)
      if (series::fits(conversion.pattern, each.name)) {
        each.how = &conversion.how;
        break;
      }
}

void field_plan::make(const shape_view& shape) {
  made_.clear();
  for (std::uint32_t column = 0; column < shape.size(); ++column) {
    const auto name = shape[column].name;
    if (!(removes_ && removed_.fit(name)))
      made_.push_back({name, origin::column, column, name, nullptr, nullptr});
  }
  rename();
  copy();
  find_conversions();
  for (const auto& each : defaults_)
    if (find(each.name) == nullptr)
      made_.push_back({each.name, origin::constant, 0, {}, &each.value, nullptr});
  for (const auto& each : added_) replace({each.name, origin::constant, 0, {}, &each.value, nullptr});
}

std::optional<plain_value> field_plan::value_of(const entry& of, const sample_view& sample) const {
  switch (of.from) {
    case origin::constant:
      return of.fixed->value();
    case origin::tag: {
      const auto value = sample.series().tag(of.tag);
      return value ? std::optional{plain_value::of(*value)} : std::nullopt;
    }
    default:
      return plain_value::of(sample.value(of.column));
  }
}

std::span<const field_plan::entry> field_plan::entries_of(const sample_view& sample) {
  auto& known = parts_[sample.shape_index()];
  if (!known.is_known) {
    make(sample.shape());
    known = {static_cast<std::uint32_t>(entries_.size()), static_cast<std::uint32_t>(made_.size()), true};
    entries_.insert(entries_.end(), made_.begin(), made_.end());
  }
  return std::span{entries_}.subspan(known.first, known.count);
}

bool field_plan::leaves_any(const sample_view& sample) {
  const auto entries = entries_of(sample);
  return std::any_of(entries.begin(), entries.end(), [&](const entry& each) {
    const auto value = value_of(each, sample);
    return value && (each.how == nullptr || each.how->apply(*value));
  });
}

std::uint32_t field_plan::put(const sample_view& sample, batch_builder::sample_builder& to) {
  std::uint32_t left_out = 0;
  for (const auto& each : entries_of(sample)) {
    auto value = value_of(each, sample);
    if (!value) continue;
    if (each.how != nullptr) value = each.how->apply(*value);
    if (value)
      value->put(to, each.name);
    else
      ++left_out;
  }
  return left_out;
}

}  // namespace tidegate::map
