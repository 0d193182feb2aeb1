#include "config/option.hpp"
#include "support.hpp"

namespace tidegate::config {
namespace {

const std::vector<std::pair<std::string, std::string>> references{
    {"tidegate:encoding",
     R"({"description": "How", "properties": {"type": {"type": "string", "enum": ["json", "csv"], "default": "json"}}})"},
    {"tidegate:loop", R"({"properties": {"again": {"$ref": "tidegate:loop"}}})"}};

std::string problem_of(const std::string& json) {
  std::string problem;
  schema::parse(json, references, problem);
  return problem;
}

// The problem of one option called x.
std::string option_problem(const std::string& json) {
  return problem_of(R"({"properties": {"x": )" + json + "}}");
}

TEST(SchemaText, MustBeJson) {
  EXPECT_EQ(problem_of("{\n  \"properties\": {,}\n}"), "line 2, column 18: it is not JSON (syntax error)");
  EXPECT_EQ(problem_of("{} x"), "line 1, column 4: it is not JSON (extra data)");
  EXPECT_EQ(problem_of("").substr(0, 28), "line 1, column 1: it is not ");
  EXPECT_EQ(problem_of("[]"), "the schema: must be an object with \"properties\"");
}

TEST(SchemaText, MayBeEmpty) {
  EXPECT_EQ(problem_of("{}"), "");
  EXPECT_EQ(problem_of(R"({"type": "object", "properties": {}})"), "");
}

TEST(SchemaText, NamesTheOptionThatIsWrong) {
  EXPECT_EQ(option_problem("3"), "option 'x': must be an object such as {\"type\": \"string\"}");
  EXPECT_EQ(option_problem("{}"), "option 'x': keyword 'type' is missing");
  EXPECT_EQ(option_problem(R"({"type": "int"})"), "option 'x': unknown type 'int'; did you mean 'integer'?");
  EXPECT_EQ(option_problem(R"({"type": "string", "unit": "seconds"})"),
            "option 'x': unknown unit 'seconds'; known are: duration, size, path");
  EXPECT_EQ(option_problem(R"({"type": "string", "minmum": 1})"),
            "option 'x': unknown keyword 'minmum'; did you mean 'minimum'?");
  EXPECT_EQ(option_problem(R"({"properties": {"y": {"type": "string", "secret": "yes"}}})"),
            "option 'x.y': keyword 'secret' must be true or false");
  EXPECT_EQ(option_problem(R"({"type": "array", "items": {"type": "strng"}})"),
            "option 'x.items': unknown type 'strng'; did you mean 'string'?");
}

TEST(SchemaText, RefusesKeywordsOfTheWrongType) {
  EXPECT_EQ(option_problem(R"({"type": "string", "description": 3})"),
            "option 'x': keyword 'description' must be a string");
  EXPECT_EQ(option_problem(R"({"type": "string", "enum": "a"})"),
            "option 'x': keyword 'enum' must be a list of values");
  EXPECT_EQ(option_problem(R"({"type": "string", "required": 1})"),
            "option 'x': keyword 'required' must be a list of names, or true or false");
  EXPECT_EQ(option_problem(R"({"type": "array", "items": {"type": "string"}, "minItems": -1})"),
            "option 'x': keyword 'minItems' must be an integer from 0 up");
  EXPECT_EQ(option_problem(R"({"additionalProperties": true})"),
            "option 'x': keyword 'additionalProperties' must be a schema or false");
  EXPECT_EQ(option_problem(R"({"type": "string", "examples": "a"})"),
            "option 'x': keyword 'examples' must be a list");
  EXPECT_EQ(option_problem(R"({"type": "string", "when": "a"})"),
            "option 'x': keyword 'when' must be an object such as {\"type\": [\"csv\"]}");
}

TEST(SchemaText, RefusesDefaultsThatDoNotFit) {
  EXPECT_EQ(option_problem(R"({"type": "integer", "default": "5"})"),
            "option 'x': the default does not fit: must be an integer such as 10; this is the quoted text "
            "\"5\"; remove "
            "the quotes");
  EXPECT_EQ(option_problem(R"({"type": "string", "unit": "duration", "default": "5"})"),
            "option 'x': the default does not fit: must be a duration such as 5s; this is '5': the unit is "
            "missing (write "
            "5s?)");
  EXPECT_EQ(option_problem(R"({"type": "integer", "default": 5, "maximum": 4})"),
            "option 'x': the default does not fit: must be at most 4; this is 5");
  EXPECT_EQ(option_problem(R"({"type": "string", "enum": ["a"], "default": "b"})"),
            "option 'x': the default does not fit: must be one of a; this is 'b'");
  EXPECT_EQ(option_problem(R"({"properties": {"y": {"type": "string"}}, "default": {"z": 1}})"),
            "option 'x': the default does not fit: z unknown option; known are: y");
  EXPECT_EQ(option_problem(R"({"type": "integer", "examples": [1, true]})"),
            "option 'x': the example does not fit: must be an integer such as 10; this is true");
  EXPECT_EQ(option_problem(R"({"type": "string", "secret": true, "default": "x"})"), "");
}

TEST(SchemaText, RefusesLimitsThatMakeNoSense) {
  EXPECT_EQ(option_problem(R"({"type": "string", "minimum": 1})"),
            "option 'x': 'minimum' needs a number, a duration or a size");
  EXPECT_EQ(option_problem(R"({"type": "string", "unit": "size", "maximum": "4kb"})"),
            "option 'x': the maximum does not fit: must be a size such as 64KiB; this is '4kb': unknown unit "
            "'kb'; did you "
            "mean 'KB'?");
  EXPECT_EQ(option_problem(R"({"type": "string", "unit": "duration", "default": "5s", "minimum": "1mS"})"),
            "option 'x': the minimum does not fit: must be a duration such as 5s; this is '1mS': unknown "
            "unit 'mS'; did "
            "you mean 'ms'?");
  EXPECT_EQ(option_problem(R"({"type": "integer", "unit": "duration"})"),
            "option 'x': a unit needs the type string");
}

TEST(SchemaText, RefusesWhatIsHalfSaid) {
  EXPECT_EQ(option_problem(R"({"type": "array"})"), "option 'x': type array needs 'items'");
  EXPECT_EQ(option_problem(R"({"type": "object"})"),
            "option 'x': type object needs 'properties' or 'additionalProperties'");
  EXPECT_EQ(option_problem(R"({"type": "string", "items": {"type": "string"}})"),
            "option 'x': 'items', 'minItems' and 'maxItems' need the type array");
  EXPECT_EQ(option_problem(R"({"type": "string", "properties": {}})"), "");
  EXPECT_EQ(option_problem(R"({"type": "string", "properties": {"y": {"type": "string"}}})"),
            "option 'x': 'properties' and 'additionalProperties' need the type object");
  EXPECT_EQ(problem_of(R"({"properties": {}, "required": ["path"]})"),
            "the schema: 'required' names 'path', which is not in 'properties'");
  EXPECT_EQ(problem_of(R"({"properties": {"a": {"type": "string", "when": {"b": ["c"]}}}})"),
            "option 'a': 'when' names 'b', which is no option beside it");
}

TEST(SchemaText, KeepsNamesThatPathsCanHold) {
  EXPECT_EQ(problem_of(R"({"properties": {"a.b": {"type": "string"}}})"),
            "option 'a.b': a name has letters, digits, '_' and '-' only");
  EXPECT_EQ(problem_of(R"({"properties": {"plugin": {"type": "string"}}})"),
            "option 'plugin': the name belongs to the host; choose another");
}

TEST(SchemaText, ResolvesReferencesAndKeepsWhatStandsBesideThem) {
  std::string problem;
  const auto made = schema::parse(
      R"({"properties": {"encoding": {"$ref": "tidegate:encoding", "default": {"type": "csv"}, "required": true}}})",
      references, problem);
  ASSERT_EQ(problem, "");
  const auto* encoding = made.inside().root.find("encoding");
  ASSERT_NE(encoding, nullptr);
  EXPECT_EQ(encoding->description, "How");
  EXPECT_EQ(flow_text(*encoding->fallback), "{type: csv}");
  EXPECT_TRUE(encoding->required);
  EXPECT_NE(encoding->find("type"), nullptr);
}

TEST(SchemaText, RefusesReferencesThatLeadNowhere) {
  EXPECT_EQ(option_problem(R"({"$ref": "tidegate:encodng"})"),
            "option 'x': $ref names 'tidegate:encodng', which is unknown; did you mean 'tidegate:encoding'?");
  EXPECT_EQ(option_problem(R"({"$ref": 3})"), "option 'x': keyword '$ref' must be a string");
  EXPECT_NE(option_problem(R"({"$ref": "tidegate:loop"})").find("references are nested deeper than 8"),
            std::string::npos);
}

TEST(Schema, KnowsItsOptions) {
  const auto made = parsed(R"({"properties": {"path": {"type": "string"}}})");
  EXPECT_TRUE(made.has("path"));
  EXPECT_FALSE(made.has("pth"));
  EXPECT_FALSE(schema{}.has("path"));
}

}  // namespace
}  // namespace tidegate::config
