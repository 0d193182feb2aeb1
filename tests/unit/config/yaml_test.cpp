#include "config/yaml.hpp"

#include "config/option.hpp"
#include "support.hpp"

namespace tidegate::config {
namespace {

struct result {
  std::optional<node> tree;
  lines said;
};

result read(const std::string& text) {
  diagnostics said;
  auto tree = parse_yaml(text, std::make_shared<const std::string>("f"), said);
  return {std::move(tree), messages(said)};
}

std::string flow(const std::string& text) {
  const auto got = read(text);
  EXPECT_EQ(got.said, lines{});
  return got.tree ? flow_text(*got.tree) : "nothing";
}

TEST(Yaml, KeepsThePlaceOfEveryKeyAndValue) {
  const auto got = read("a:\n  b: 1\n  c: [x, y]\n");
  const auto& a = got.tree->entries[0];
  EXPECT_EQ(to_string(a.where), "f:1:1");
  EXPECT_EQ(to_string(a.value.where), "f:2:3");
  EXPECT_EQ(to_string(a.value.named), "f:1:1");
  EXPECT_EQ(to_string(a.value.find("b")->value.where), "f:2:6");
  EXPECT_EQ(to_string(a.value.find("c")->value.items[1].where), "f:3:10");
}

TEST(Yaml, TellsQuotedTextsFromPlainOnes) {
  const auto got = read("[5, '5', \"5\", null, ~, 'null', !!str 5, |\n  5\n]");
  EXPECT_EQ(got.said.size(), 1u) << "a block text cannot stand in a flow list";
  const auto list = read("- 5\n- '5'\n- \"5\"\n- null\n- ~\n- 'null'\n- !!str 5\n- |\n  5\n-\n").tree->items;
  const std::vector<bool> quoted{false, true, true, false, false, true, true, true, false};
  for (std::size_t index = 0; index < quoted.size(); ++index)
    EXPECT_EQ(list[index].quoted, quoted[index]) << index;
  EXPECT_EQ(list[3].type, node::kind::null);
  EXPECT_EQ(list[5].type, node::kind::scalar);
  EXPECT_EQ(list[7].text, "5\n");
  EXPECT_EQ(list[8].type, node::kind::null);
}

TEST(Yaml, ReadsAnEmptyTextAsNothing) {
  EXPECT_EQ(read("").tree->type, node::kind::null);
  EXPECT_EQ(read("# only a comment\n").tree->type, node::kind::null);
  EXPECT_EQ(read("---\n").tree->type, node::kind::null);
}

TEST(Yaml, SkipsAByteOrderMark) {
  const auto got = read(
      "\xEF\xBB\xBF"
      "a: \"b\"\n");
  EXPECT_EQ(got.said, lines{});
  EXPECT_EQ(to_string(got.tree->entries[0].value.where), "f:1:4");
}

TEST(Yaml, FindsAKeyThatStandsTwice) {
  const auto got = read("a:\n  - b: 1\n    c: 2\n    'b': 3\nx: 1\na: 2\n");
  EXPECT_EQ(got.said,
            (lines{"f:4:5: error: a[0].b: is written twice; the first is at f:2:5; remove one of them",
                   "f:6:1: error: a: is written twice; the first is at f:1:1; remove one of them"}));
  EXPECT_EQ(flow_text(*got.tree), "{a: [{b: 1, c: 2}], x: 1}");
}

TEST(Yaml, ResolvesAliases) {
  EXPECT_EQ(flow("a: &x {b: [1]}\nc: *x\n"), "{a: {b: [1]}, c: {b: [1]}}");
  const auto got = read("a: &x {b: 1}\nc: *x\n");
  EXPECT_EQ(to_string(got.tree->entries[1].value.where), "f:2:4");
  EXPECT_EQ(to_string(got.tree->entries[1].value.entries[0].value.where), "f:1:11");
}

TEST(Yaml, MergesMapsUnderTheirOwnKeys) {
  EXPECT_EQ(flow("a: &x {p: 1, q: 2}\nc:\n  <<: *x\n  p: 3\n"), "{a: {p: 1, q: 2}, c: {p: 3, q: 2}}");
  EXPECT_EQ(flow("[&x {p: 1}, &y {p: 2, q: 3}, {<<: [*x, *y]}]"), "[{p: 1}, {p: 2, q: 3}, {p: 1, q: 3}]");
  EXPECT_EQ(flow("{'<<': 1}"), "{\"<<\": 1}") << "a quoted key is an ordinary one";
}

TEST(Yaml, LimitsWhatAliasesExpandTo) {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name < 'z'; ++name) {
    const std::string one = std::string{"*"} + static_cast<char>(name - 1);
    text += std::string{name} + ": &" + name + " [" + one;
    for (int more = 0; more < 8; ++more) text += ", " + one;
    text += "]\n";
  }
  const auto got = read(text);
  ASSERT_EQ(got.said.size(), 1u);
  EXPECT_NE(got.said[0].find("the file holds more than 200000 values"), std::string::npos);
}

TEST(Yaml, LimitsWhatLongTextsExpandTo) {
  std::string text = "a: &a " + std::string(1'000'000, 'x') + "\nb: [";
  for (int times = 0; times < 100; ++times) text += "*a, ";
  const auto got = read(text + "]\n");
  ASSERT_EQ(got.said.size(), 1u);
  EXPECT_NE(got.said[0].find("the file holds more than 200000 values"), std::string::npos);
}

TEST(Yaml, LimitsTheDepth) {
  EXPECT_EQ(read(std::string(50, '[') + std::string(50, ']')).said, lines{});
  EXPECT_EQ(read(std::string(51, '[') + std::string(51, ']')).said,
            lines{"f:1:51: error: values are nested deeper than 50 levels"});
  EXPECT_EQ(read(std::string(100'000, '[')).said.size(), 1u);
  std::string block;
  for (int level = 0; level < 60; ++level)
    block += std::string(static_cast<std::size_t>(level), ' ') + "a:\n";
  EXPECT_EQ(read(block).said.size(), 1u);
}

TEST(Yaml, SaysWhereAQuoteOrABracketIsNotClosed) {
  EXPECT_EQ(read("a: \"b\nc: d\n").said,
            lines{"f:1:4: error: not valid YAML: the quote that begins here is not closed"});
  EXPECT_EQ(read("a: &x 'it''s\n").said,
            lines{"f:1:4: error: not valid YAML: the quote that begins here is not closed"});
  EXPECT_EQ(read("a: [b,\nc: d\n").said,
            lines{"f:1:4: error: not valid YAML: this '[' is not closed, or a ',' or a "
                  "quote is missing after it; noticed in line 3"});
  EXPECT_EQ(flow("['it''s', \"say \\\"so\\\"\", \"\\\\\", '']"), R"(["it's", "say \"so\"", "\\", ""])");
}

TEST(Yaml, NamesATabAsWhatItIs) {
  EXPECT_EQ(read("a:\n\tb: 1\n").said,
            lines{"f:2:1: error: not valid YAML: indent with spaces, not with tabs"});
  EXPECT_EQ(read("a:\n  b: 1\n  \tc: 1\n").said,
            lines{"f:3:3: error: not valid YAML: indent with spaces, not with tabs"});
}

TEST(Yaml, RefusesWhatConfigurationsDoNotNeed) {
  EXPECT_EQ(read("a: !include b\n").said,
            lines{"f:1:4: error: the YAML tag '!include' is not supported; remove it"});
  EXPECT_EQ(
      read("a: 1\n---\nb: 2\n").said,
      lines{"f:2:1: error: a second YAML document begins here; write one document a file, without '---'"});
  EXPECT_EQ(read("? [a]\n: b\n").said.size(), 1u);
  EXPECT_EQ(read(": b\n").said, lines{"f:1:1: error: a key is missing before ':'"});
}

}  // namespace
}  // namespace tidegate::config
