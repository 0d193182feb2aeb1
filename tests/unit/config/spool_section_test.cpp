#include "config/spool_section.hpp"

#include <cstdlib>

#include "support.hpp"

namespace tidegate::config {
namespace {

TEST(SpoolSection, IsReadWithoutPluginsAndWhateverTheRestIs) {
  diagnostics said;
  const auto files =
      load_text("sinks: {x: {plugin: nobody-has-this}}\nspool: {path: kept, max_size: 2MiB}\nnonsense: 1\n",
                "/etc/gateway/gateway.yaml", said);
  const auto found = spool_of(files, said);
  EXPECT_FALSE(said.has_errors());
  EXPECT_EQ(found.path, "/etc/gateway/kept");
  EXPECT_EQ(found.max_bytes, 2u << 20);
}

TEST(SpoolSection, HasTheFolderOfTheServiceWhereNothingIsSaid) {
  diagnostics said;
  const auto files = load_text("sources: {}\n", "gateway.yaml", said);
  ::unsetenv("STATE_DIRECTORY");
  EXPECT_EQ(spool_of(files, said).path, "/var/lib/tidegate/spool");
  ::setenv("STATE_DIRECTORY", "/var/lib/other:/var/lib/more", 1);
  EXPECT_EQ(spool_of(files, said).path, "/var/lib/other/spool");
  ::unsetenv("STATE_DIRECTORY");
}

TEST(SpoolSection, IsReportedWhereItIsWrong) {
  diagnostics said;
  spool_of(load_text("spool: {pth: kept}\n", "gateway.yaml", said), said);
  ASSERT_TRUE(said.has_errors());
  EXPECT_EQ(to_string(said.sorted().front()),
            "gateway.yaml:1:9: error: spool.pth: unknown option; did you mean 'path'?");
}

}  // namespace
}  // namespace tidegate::config
