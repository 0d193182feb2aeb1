#include "config/editor_schema.hpp"

#include "config/json.hpp"
#include "config/option.hpp"
#include "support.hpp"

namespace tidegate::config {
namespace {

const node* at(const node& from, const std::vector<std::string>& path) {
  const auto* here = &from;
  for (const auto& key : path) {
    const auto* entry = here->find(key);
    if (entry == nullptr) return nullptr;
    here = &entry->value;
  }
  return here;
}

TEST(EditorSchema, IsJsonAndKnowsEverySection) {
  std::string problem;
  const auto tree = parse_json(editor_schema(fake_components{}.offered), problem);
  ASSERT_TRUE(tree) << problem;
  for (const auto* section : {"gateway", "log", "plugins", "state", "sources", "sinks", "pipelines"})
    EXPECT_NE(at(*tree, {"properties", section}), nullptr) << section;
  EXPECT_EQ(at(*tree, {"properties", "sources", "additionalProperties", "$ref"})->text,
            "#/definitions/source");
  EXPECT_EQ(at(*tree, {"additionalProperties"})->text, "false");
}

TEST(EditorSchema, HasACaseForEachComponent) {
  std::string problem;
  const auto tree = parse_json(editor_schema(fake_components{}.offered), problem);
  ASSERT_TRUE(tree) << problem;
  const auto* cases = at(*tree, {"definitions", "sink", "allOf"});
  ASSERT_NE(cases, nullptr);
  ASSERT_EQ(cases->items.size(), 3u);
  EXPECT_EQ(at(cases->items[1], {"if", "properties", "plugin", "const"})->text, "file");
  const auto* then = at(cases->items[1], {"then", "properties"});
  ASSERT_NE(then, nullptr);
  for (const auto* option : {"plugin", "path", "batch", "retry"})
    EXPECT_NE(then->find(option), nullptr) << option;
}

TEST(EditorSchema, OffersTheIntervalToPolledSourcesOnly) {
  std::string problem;
  const auto tree = parse_json(editor_schema(fake_components{}.offered), problem);
  const auto& cases = at(*tree, {"definitions", "source", "allOf"})->items;
  EXPECT_NE(at(cases[0], {"then", "properties", "interval"}), nullptr) << "cpu";
  EXPECT_EQ(at(cases[2], {"then", "properties", "interval"}), nullptr) << "generate";
}

TEST(EditorSchema, IsRightWithoutAnyComponent) {
  std::string problem;
  EXPECT_TRUE(parse_json(editor_schema({}), problem)) << problem;
}

TEST(JsonSchema, SaysWhatTheSchemaSays) {
  EXPECT_EQ(
      parsed(
          R"({"required": ["x"], "properties": {"x": {"type": "integer", "minimum": 1, "description": "A \"number\""},
                       "y": {"type": "array", "items": {"properties": {}, "type": "object", "additionalProperties": {"type": "boolean"}}}}})")
          .json_schema(),
      R"({"type": ["object", "null"], "properties": {"x": {"description": "A \"number\"", "anyOf": [{"type": "integer", )"
      R"("minimum": 1}, {"type": "string", "pattern": "\\$\\{"}]}, "y": {"type": "array", "items": {"type": ["object", )"
      R"("null"], "additionalProperties": {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": "\\$\\{"}]}}}}, )"
      R"("required": ["x"], "additionalProperties": false})");
}

}  // namespace
}  // namespace tidegate::config
