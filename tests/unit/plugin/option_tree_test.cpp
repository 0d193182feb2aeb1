#include "plugin/option_tree.hpp"

#include <gtest/gtest.h>

#include "tidegate/options.hpp"

namespace tidegate::plugin {
namespace {

config::value make(decltype(config::value::data) data) {
  config::value made;
  made.data = std::move(data);
  return made;
}

TEST(OptionTree, HasEveryTypeInTheOrderOfTheFile) {
  config::value::map inner;
  inner.emplace_back("key", make(std::string{"k.pem"}));
  config::value::list items;
  items.push_back(make(std::string{"one"}));
  items.push_back(make(std::int64_t{2}));
  config::value::map entries;
  entries.emplace_back("z", make(true));
  entries.emplace_back("a", make(std::int64_t{-5}));
  entries.emplace_back("ratio", make(2.5));
  entries.emplace_back("nothing", make(std::monostate{}));
  entries.emplace_back("columns", make(std::move(items)));
  entries.emplace_back("tls", make(std::move(inner)));
  const auto root = make(std::move(entries));

  const option_tree tree{root};
  const options seen{tree.root()};
  EXPECT_EQ(seen.key(0), "z");
  EXPECT_EQ(seen.key(5), "tls");
  EXPECT_TRUE(seen["z"].boolean());
  EXPECT_EQ(seen["a"].integer(), -5);
  EXPECT_EQ(seen["ratio"].number(), 2.5);
  EXPECT_FALSE(seen.has("nothing"));
  EXPECT_EQ(seen["columns"][0].text(), "one");
  EXPECT_EQ(seen["columns"][1].integer(), 2);
  EXPECT_EQ(seen["tls"]["key"].text(), "k.pem");
  EXPECT_EQ(seen["tls"]["key"].path(), "tls.key");
}

TEST(OptionTree, OfNoOptionsIsAnEmptyMap) {
  const auto root = make(config::value::map{});
  const option_tree tree{root};
  EXPECT_EQ(tree.root().type, static_cast<std::uint32_t>(TIDEGATE_TYPE_MAP));
  EXPECT_EQ(tree.root().count, 0u);
}

}  // namespace
}  // namespace tidegate::plugin
