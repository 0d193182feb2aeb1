#include "config/value.hpp"

#include "support.hpp"

namespace tidegate::config {
namespace {

const auto file = std::make_shared<const std::string>("gw.yaml");

value at(int line, decltype(value::data) data) { return {std::move(data), {file, line, 1}, false}; }

value tree() {
  value column;
  column.data = value::map{{"name", at(5, std::string{"a"})}, {"width", {}}};
  column.where = {file, 4, 1};
  value columns;
  columns.data = value::list{column, at(6, std::int64_t{3})};
  columns.where = {file, 3, 1};
  value tls;
  tls.data = value::map{{"key", at(8, std::string{"k"})}};
  tls.where = {file, 7, 1};
  return at(1, value::map{{"columns", columns}, {"tls", tls}});
}

TEST(PositionOf, FollowsThePathOfAnOption) {
  const auto root = tree();
  EXPECT_EQ(position_of(root, "tls.key").line, 8);
  EXPECT_EQ(position_of(root, "columns[0].name").line, 5);
  EXPECT_EQ(position_of(root, "columns[1]").line, 6);
  EXPECT_EQ(position_of(root, "").line, 1);
}

TEST(PositionOf, GivesTheNearestPlaceOfWhatWasNotWritten) {
  const auto root = tree();
  EXPECT_EQ(position_of(root, "columns[0].width").line, 4) << "a default";
  EXPECT_EQ(position_of(root, "tls.certificate").line, 7);
  EXPECT_EQ(position_of(root, "columns[9].name").line, 3);
  EXPECT_EQ(position_of(root, "nothing").line, 1);
  for (const auto* nonsense :
       {"[", "columns[", "columns[x]", "columns[0", "..", "columns[0]name", "tls.key.more"})
    EXPECT_GT(position_of(root, nonsense).line, 0) << nonsense;
}

TEST(Same, ComparesContentAndNotPlaces) {
  const auto a = tree();
  auto b = tree();
  b.where.line = 99;
  EXPECT_TRUE(same(a, b));
  std::get<value::list>(std::get<value::map>(b.data)[0].second.data)[1].data = std::int64_t{4};
  EXPECT_FALSE(same(a, b));
  EXPECT_FALSE(same(at(1, std::int64_t{1}), at(1, 1.0)));
  EXPECT_FALSE(same(at(1, value::list{}), at(1, value::list{{}})));
  EXPECT_TRUE(same({}, {}));
}

TEST(Display, HidesSecrets) {
  auto root = tree();
  std::get<value::map>(std::get<value::map>(root.data)[1].second.data)[0].second.secret = true;
  EXPECT_EQ(to_display(root), "{columns: [{name: 'a', width: null}, 3], tls: {key: (secret)}}");
  EXPECT_EQ(to_display(at(1, 2.5)), "2.5");
  EXPECT_EQ(to_display(at(1, true)), "true");
}

}  // namespace
}  // namespace tidegate::config
