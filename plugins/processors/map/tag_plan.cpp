#include "tag_plan.hpp"

#include <algorithm>

namespace tidegate::map {

namespace {

name_pairs pairs_in(const options& group, std::string_view key) {
  return group.is_null() ? name_pairs{} : pairs_of(group[key]);
}

std::string name_in(const options& rename) {
  if (rename.is_null() || !rename.has("name")) return {};
  if (rename["name"].text().empty())
    throw configuration_error(rename["name"].path(), "is empty; a measurement needs a name");
  return rename["name"].string();
}

}  // namespace

tag_plan::tag_plan(const options& given)
    : name_{name_in(given["rename"])},
      removes_{given.has("remove") && given["remove"].has("tags")},
      renamed_{pairs_in(given["rename"], "tags")},
      copied_{pairs_in(given["copy"], "tags")},
      copied_fields_{pairs_in(given["copy"], "tags_from_fields")},
      defaults_{pairs_in(given["defaults"], "tags")},
      added_{pairs_in(given["add"], "tags")},
      texts_(copied_fields_.size()) {
  if (removes_) removed_ = series::patterns{given["remove"]["tags"]};
}

void tag_plan::begin(batch_view batch) { known_.assign(batch.series_count(), unknown); }

const tag_view* tag_plan::find(std::string_view key) const {
  const auto found =
      std::find_if(tags_.begin(), tags_.end(), [&](const tag_view& each) { return each.key == key; });
  return found == tags_.end() ? nullptr : &*found;
}

void tag_plan::put(std::string_view key, std::string_view value) {
  if (const auto* same = find(key))
    tags_[static_cast<std::size_t>(same - tags_.data())].value = value;
  else
    tags_.push_back({key, value});
}

// All at once, so that two tags can change their names for each other's. Of two with one name the renamed one
// counts, which therefore comes last.
void tag_plan::rename() {
  const auto count = tags_.size();
  for (std::size_t index = 0; index < count; ++index)
    for (const auto& [now, before] : renamed_)
      if (tags_[index].key == before) {
        tags_.push_back({now, tags_[index].value});
        tags_[index].key = {};
        break;
      }
  tags_.erase(
      std::remove_if(tags_.begin(), tags_.end(), [](const tag_view& each) { return each.key.empty(); }),
      tags_.end());
  for (auto each = tags_.begin(); each != tags_.end();) {
    const bool comes_again =
        std::any_of(each + 1, tags_.end(), [&](const tag_view& later) { return later.key == each->key; });
    each = comes_again ? tags_.erase(each) : each + 1;
  }
}

// A text that is empty is no tag.
void tag_plan::put_fields(const sample_view& sample) {
  for (std::size_t index = 0; index < copied_fields_.size(); ++index) {
    const auto value = sample.find(copied_fields_[index].second);
    if (!value) continue;
    texts_[index].clear();
    append_text(texts_[index], plain_value::of(*value));
    if (!texts_[index].empty()) put(copied_fields_[index].first, texts_[index]);
  }
}

void tag_plan::make(const sample_view& sample) {
  tags_.clear();
  for (const auto tag : sample.series().tags())
    if (!(removes_ && removed_.fit(tag.key))) tags_.push_back(tag);
  rename();
  for (const auto& [key, from] : copied_)
    if (const auto* found = find(from)) put(key, found->value);
  put_fields(sample);
  for (const auto& [key, value] : defaults_)
    if (find(key) == nullptr) put(key, value);
  for (const auto& [key, value] : added_) put(key, value);
}

std::uint32_t tag_plan::series_of(const sample_view& sample, series::outlet& out) {
  auto& known = known_[sample.series_index()];
  if (known != unknown && copied_fields_.empty()) return known;
  make(sample);
  return known = out.series(name_.empty() ? sample.name() : std::string_view{name_}, tags_);
}

}  // namespace tidegate::map
