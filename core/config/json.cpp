#include "config/json.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "config/units.hpp"

namespace tidegate::config {

namespace {

namespace json = boost::json;

template <class Number>
std::string number_text(Number number) {
  char room[64];
  const auto end = std::to_chars(room, room + sizeof room, number).ptr;
  return {room, end};
}

node plain(std::string text) {
  auto made = make_text(std::move(text));
  made.quoted = false;
  return made;
}

node make_node(const json::value& from) {
  node made;
  switch (from.kind()) {
    case json::kind::null:
      return made;
    case json::kind::bool_:
      return plain(from.get_bool() ? "true" : "false");
    case json::kind::int64:
      return plain(number_text(from.get_int64()));
    case json::kind::uint64:
      return plain(number_text(from.get_uint64()));
    case json::kind::double_:
      return plain(number_text(from.get_double()));
    case json::kind::string:
      return make_text(std::string{from.get_string()});
    case json::kind::array:
      made.type = node::kind::list;
      for (const auto& item : from.get_array()) made.items.push_back(make_node(item));
      return made;
    case json::kind::object:
      made.type = node::kind::map;
      for (const auto& entry : from.get_object())
        made.entries.push_back({std::string{entry.key()}, {}, make_node(entry.value())});
      return made;
  }
  return made;
}

std::string place(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n');
  const auto column = line_start == std::string_view::npos ? offset + 1 : offset - line_start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

std::optional<node> parse_json(std::string_view text, std::string& problem) {
  json::stream_parser parser;
  boost::system::error_code failed;
  const auto read = parser.write_some(text.data(), text.size(), failed);
  if (!failed && read < text.size()) failed = json::error::extra_data;
  if (!failed) parser.finish(failed);
  if (failed) {
    problem = place(text, read) + ": it is not JSON (" + failed.message() + ")";
    return std::nullopt;
  }
  return make_node(parser.release());
}

std::string json_text(std::string_view text) {
  return json::serialize(json::string_view{text.data(), text.size()});
}

std::string to_json(const node& tree) {
  switch (tree.type) {
    case node::kind::null:
      return "null";
    case node::kind::scalar: {
      const bool bare =
          !tree.quoted && (parse_boolean(tree.text) || parse_integer(tree.text) || parse_number(tree.text));
      return bare ? tree.text : json_text(tree.text);
    }
    case node::kind::list: {
      std::string all = "[";
      for (const auto& item : tree.items) all += (all.size() == 1 ? "" : ", ") + to_json(item);
      return all + "]";
    }
    case node::kind::map:
      break;
  }
  std::string all = "{";
  for (const auto& entry : tree.entries)
    all += (all.size() == 1 ? "" : ", ") + json_text(entry.key) + ": " + to_json(entry.value);
  return all + "}";
}

}  // namespace tidegate::config
