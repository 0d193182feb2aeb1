#include "config/option.hpp"
#include "config/yaml.hpp"
#include "support.hpp"

namespace tidegate::config {
namespace {

const auto* const file_sink = R"({"required": ["path"], "properties": {
  "path": {"type": "string", "unit": "path", "description": "Where it goes. May hold %Y", "examples": ["/var/log/%Y.txt"]},
  "compress": {"type": "string", "enum": ["none", "gzip"], "default": "none", "description": "How"},
  "password": {"type": "string", "secret": true},
  "rotation": {"description": "When", "properties": {
    "max_size": {"type": "string", "unit": "size", "minimum": "4KiB", "default": "64MiB"},
    "keep": {"type": "integer"}}},
  "columns": {"type": "array", "items": {"type": "string"}},
  "headers": {"additionalProperties": {"type": "string"}}}})";

TEST(Describe, IsATable) {
  EXPECT_EQ(parsed(file_sink).describe(),
            "option             type            default     description\n"
            "path               path            (required)  Where it goes. May hold %Y\n"
            "compress           none|gzip       none        How\n"
            "password           string          -           (secret)\n"
            "rotation           map             -           When\n"
            "rotation.max_size  size            64MiB       (at least 4KiB)\n"
            "rotation.keep      integer         -\n"
            "columns            list of string  -\n"
            "headers            map of string   -\n");
  EXPECT_EQ(schema{}.describe(), "(no options)\n");
}

TEST(Sample, CommentsOutWhatIsNotRequired) {
  EXPECT_EQ(parsed(file_sink).sample(),
            "    path: /var/log/%Y.txt                 # Where it goes\n"
            "    # compress: none                      # How\n"
            "    # password: text\n"
            "    # rotation:                           # When\n"
            "    #   max_size: 64MiB\n"
            "    #   keep: 10\n"
            "    # columns: [text]\n"
            "    # headers: {name: text}\n");
}

TEST(Sample, IsRightBothAsItIsAndWithTheCommentsTakenOut) {
  const auto sample = parsed(file_sink).sample();
  auto uncommented = sample;
  for (auto at = uncommented.find("    # "); at != std::string::npos; at = uncommented.find("    # ", at + 4))
    if (at == 0 || uncommented[at - 1] == '\n') uncommented.erase(at + 4, 2);
  ASSERT_NE(sample, uncommented);
  for (const auto& text : {sample, uncommented}) {
    diagnostics said;
    const auto tree = parse_yaml("options:\n" + text, std::make_shared<const std::string>("f"), said);
    ASSERT_TRUE(tree);
    parsed(file_sink).check(tree->entries[0].value, "s", {}, said);
    EXPECT_EQ(messages(said), lines{}) << text;
  }
}

TEST(FlowText, QuotesWhatYamlWouldReadAsSomethingElse) {
  for (const auto* text : {"true", "5", "null", "", "a: b", "- a", "%Y", "#x", "1.5"})
    EXPECT_EQ(flow_text(make_text(text)), "\"" + std::string{text} + "\"");
  for (const auto* text : {"gzip", "/var/log/%Y-%m.txt", "5s", "PC-0001"})
    EXPECT_EQ(flow_text(make_text(text)), text);
}

}  // namespace
}  // namespace tidegate::config
