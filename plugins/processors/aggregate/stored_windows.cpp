#include "stored_windows.hpp"

namespace tidegate::aggregate {

namespace {

void save(series::snapshot_writer& to, const pane& from, const functions& of, const field_names& names) {
  to.put(from.number);
  to.put(static_cast<std::uint32_t>(from.words.size() / of.size));
  for (std::size_t at = 0; at < from.words.size(); at += of.size) {
    to.put(names.name(static_cast<std::uint32_t>(from.words[at])));
    for (std::size_t index = 0; index < of.size; ++index) to.put(from.words[at + index]);
  }
  to.put(static_cast<std::uint32_t>(from.extras.size()));
  for (const auto& each : from.extras) {
    each->values.save(to);
    to.put(std::string_view{each->first_text});
    to.put(std::string_view{each->last_text});
  }
}

pane load_pane(series::snapshot_reader& from, const functions& of, field_names& names) {
  pane made;
  made.number = from.take<std::int64_t>();
  for (auto fields = from.take<std::uint32_t>(); fields != 0 && from.is_good(); --fields) {
    const auto id = names.id_of(from.take_text());
    const auto at = made.words.size();
    for (std::size_t index = 0; index < of.size; ++index) made.words.push_back(from.take<std::uint64_t>());
    // Ids are those of this run.
    made.words[at] = (made.words[at] & ~std::uint64_t{UINT32_MAX}) | id;
  }
  for (auto extras = from.take<std::uint32_t>(); extras != 0 && from.is_good(); --extras) {
    auto& one = *made.extras.emplace_back(std::make_unique<extra>());
    one.values.load(from);
    one.first_text = from.take_text();
    one.last_text = from.take_text();
  }
  return made;
}

}  // namespace

void save(series::snapshot_writer& to, const series_windows& from, const functions& of,
          const field_names& names) {
  to.put(std::string_view{from.series});
  to.put(from.closed);
  to.put(from.newest);
  to.put(static_cast<std::uint32_t>(from.carries.size()));
  for (const auto& each : from.carries) {
    to.put(names.name(each.field));
    to.put(each.time);
    to.put(each.value);
  }
  to.put(static_cast<std::uint32_t>(from.panes.size()));
  for (const auto& each : from.panes) save(to, each, of, names);
}

series_windows load(series::snapshot_reader& from, const functions& of, field_names& names) {
  series_windows made;
  made.series = from.take_text();
  made.closed = from.take<std::int64_t>();
  made.newest = from.take<std::int64_t>();
  for (auto carries = from.take<std::uint32_t>(); carries != 0 && from.is_good(); --carries) {
    carried one;
    one.field = names.id_of(from.take_text());
    one.time = from.take<std::int64_t>();
    one.value = from.take<double>();
    made.carries.push_back(one);
  }
  for (auto panes = from.take<std::uint32_t>(); panes != 0 && from.is_good(); --panes)
    made.panes.push_back(load_pane(from, of, names));
  return made;
}

}  // namespace tidegate::aggregate
