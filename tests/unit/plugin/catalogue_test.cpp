#include "plugin/catalogue.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "folders.hpp"

namespace tidegate::plugin {
namespace {

using kind = config::component_kind;

bool is_loaded(const std::filesystem::path& file) {
  return ::dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD) != nullptr;
}

TEST(Catalogue, FindsAComponentInTheFileThatBearsItsName) {
  const temporary_folder folder;
  const auto file = folder.add(built("probe-parts.so"), "probe.so");
  catalogue plugins{{folder.path()}};
  const auto found = plugins.find(kind::source, "probe");
  EXPECT_EQ(found.problem, "");
  ASSERT_NE(found.options, nullptr);
  EXPECT_TRUE(found.options->has("greeting"));
  EXPECT_TRUE(found.source.polled);
  EXPECT_FALSE(found.source.lossy);
  const auto* component = plugins.get(kind::source, "probe");
  ASSERT_NE(component, nullptr);
  EXPECT_EQ(component->name, "probe");
  EXPECT_EQ(component->summary, "Shows what the host offers.");
  EXPECT_EQ(component->file, file);
  EXPECT_EQ(component->plugin_name, "probe-parts");
  EXPECT_EQ(component->plugin_version, "1.2.3");
  ASSERT_NE(component->source, nullptr);
  EXPECT_EQ(component->sink, nullptr);
  EXPECT_EQ(component->source->size, sizeof(tidegate_source));
}

TEST(Catalogue, FindsAComponentInAFileWithUnderscores) {
  const temporary_folder folder;
  folder.add(built("probe-parts.so"), "probe_sink.so");
  catalogue plugins{{folder.path()}};
  EXPECT_NE(plugins.find(kind::sink, "probe-sink").options, nullptr);
}

TEST(Catalogue, FindsAComponentInAFileThatBearsItsKindAsWellAndOpensNotItsNamesake) {
  const temporary_folder folder;
  const auto namesake = folder.add(built("from_the_future.so"), "probe.so");
  const auto file = folder.add(built("probe-parts.so"), "probe_source.so");
  catalogue plugins{{folder.path()}};
  const auto* component = plugins.get(kind::source, "probe");
  ASSERT_NE(component, nullptr);
  EXPECT_EQ(component->file, file);
  EXPECT_FALSE(is_loaded(namesake));
}

TEST(Catalogue, OpensNoOtherFileWhenTheNameLeadsThere) {
  const temporary_folder folder;
  folder.add(built("probe-parts.so"), "probe.so");
  const auto other = folder.add(built("from_the_future.so"), "other.so");
  catalogue plugins{{folder.path()}};
  ASSERT_NE(plugins.get(kind::source, "probe"), nullptr);
  EXPECT_FALSE(is_loaded(other));
  EXPECT_EQ(plugins.all().size(), 4u);
  EXPECT_TRUE(is_loaded(other));
}

TEST(Catalogue, FindsAComponentInAFileOfAnotherName) {
  const temporary_folder folder;
  folder.add(built("from_the_future.so"));
  folder.add(built("probe-parts.so"), "many.so");
  catalogue plugins{{folder.path()}};
  EXPECT_NE(plugins.get(kind::processor, "probe-pass"), nullptr);
}

TEST(Catalogue, UsesAPluginOfALaterMinorThatDoesNotNeedIt) {
  const temporary_folder folder;
  folder.add(built("from_the_future.so"));
  catalogue plugins{{folder.path()}};
  const auto* component = plugins.get(kind::source, "from-the-future");
  ASSERT_NE(component, nullptr);
  EXPECT_EQ(component->source->size, sizeof(tidegate_source));
}

TEST(Catalogue, UsesAPluginOfAnEarlierMinorAndReadsNothingBeyondItsSize) {
  const temporary_folder folder;
  folder.add(built("from_the_past.so"));
  catalogue plugins{{folder.path()}};
  const auto* component = plugins.get(kind::source, "from-the-past");
  ASSERT_NE(component, nullptr);
  EXPECT_EQ(component->source->flow, static_cast<std::uint32_t>(TIDEGATE_FLOW_PAUSABLE));
  EXPECT_EQ(component->source->acknowledge, nullptr);
}

TEST(Catalogue, FollowsALinkWithinItsFolders) {
  const temporary_folder folder;
  folder.add(built("probe-parts.so"), "probe-1.2.so");
  std::filesystem::create_symlink("probe-1.2.so", folder / "probe.so");
  catalogue plugins{{folder.path()}};
  EXPECT_NE(plugins.get(kind::source, "probe"), nullptr);
  EXPECT_EQ(plugins.all().size(), 3u);
  EXPECT_TRUE(plugins.problems().empty());
}

TEST(Catalogue, LooksAtAFolderThatIsNamedTwiceOnce) {
  const temporary_folder folder;
  folder.add(built("probe-parts.so"), "probe.so");
  catalogue plugins{{folder.path(), folder.path() / "."}};
  EXPECT_NE(plugins.get(kind::source, "probe"), nullptr);
  EXPECT_EQ(plugins.all().size(), 3u);
}

TEST(Catalogue, SuggestsTheNameThatWasProbablyMeant) {
  const temporary_folder one;
  const temporary_folder two;
  one.add(built("probe-parts.so"));
  catalogue plugins{{one.path(), two.path()}};
  const auto found = plugins.find(kind::source, "prob");
  EXPECT_EQ(found.options, nullptr);
  EXPECT_EQ(found.problem, "no plugin offers a source 'prob'; did you mean 'probe'? looked in " +
                               one.path().string() + ", " + two.path().string());
  EXPECT_EQ(plugins.get(kind::source, "prob"), nullptr);
}

TEST(Catalogue, SaysWhereItLookedWhenNothingIsLikeIt) {
  const temporary_folder folder;
  folder.add(built("probe-parts.so"));
  catalogue plugins{{folder.path()}};
  EXPECT_EQ(plugins.find(kind::sink, "mqtt").problem,
            "no plugin offers a sink 'mqtt'; looked in " + folder.path().string());
}

TEST(Catalogue, SaysThatTheNameIsOneOfAnotherKind) {
  const temporary_folder folder;
  folder.add(built("probe-parts.so"));
  catalogue plugins{{folder.path()}};
  EXPECT_EQ(plugins.find(kind::sink, "probe").problem,
            "no plugin offers a sink 'probe' (there is a source of that name); looked in " +
                folder.path().string());
}

TEST(Catalogue, SaysWhyTheFileOfThatNameCannotBeUsed) {
  const temporary_folder folder;
  folder.write("aaa.so", "");
  const auto file = folder.add(built("bad_newer_minor.so"), "bad.so");
  catalogue plugins{{folder.path()}};
  EXPECT_EQ(plugins.find(kind::source, "bad").problem,
            file.string() + ": needs plugin ABI 0.7, this host has 0.2; install a newer tidegate");
}

TEST(Catalogue, NamesAFileThatCannotBeUsedBesideANameThatIsNotFound) {
  const temporary_folder folder;
  const auto file = folder.add(built("bad_newer_minor.so"), "x.so");
  catalogue plugins{{folder.path()}};
  EXPECT_EQ(plugins.find(kind::source, "bad").problem,
            "no plugin offers a source 'bad'; looked in " + folder.path().string() + "; unusable: " +
                file.string() + ": needs plugin ABI 0.7, this host has 0.2; install a newer tidegate");
}

TEST(Catalogue, RefusesAComponentThatTwoFilesOffer) {
  const temporary_folder one;
  const temporary_folder two;
  const auto first = one.add(built("probe-parts.so"), "probe.so");
  const auto second = two.add(built("probe-again.so"), "probe.so");
  catalogue plugins{{one.path(), two.path()}};
  const auto found = plugins.find(kind::source, "probe");
  EXPECT_EQ(found.options, nullptr);
  EXPECT_EQ(found.problem, "source 'probe' is offered by both " + first.string() + " and " + second.string() +
                               "; remove one of the two");
  EXPECT_EQ(plugins.get(kind::source, "probe"), nullptr);
  EXPECT_NE(plugins.get(kind::sink, "probe-sink"), nullptr);
  ASSERT_EQ(plugins.problems().size(), 1u);
  EXPECT_EQ(plugins.problems()[0].problem, second.string() + ": offers source 'probe', as " + first.string() +
                                               " does; remove one of the two");
}

TEST(Catalogue, ReportsAFolderThatIsNotThere) {
  const temporary_folder folder;
  catalogue plugins{{folder / "gone"}};
  EXPECT_TRUE(plugins.all().empty());
  plugins.all();
  ASSERT_EQ(plugins.problems().size(), 1u);
  EXPECT_EQ(plugins.problems()[0].problem,
            (folder / "gone").string() + ": the plugin folder cannot be read: No such file or directory");
}

TEST(Catalogue, DoesNotTakeANameForAPath) {
  const temporary_folder folder;
  const temporary_folder elsewhere;
  elsewhere.add(built("probe-parts.so"), "probe.so");
  catalogue plugins{{folder.path()}};
  const auto name = "../" + elsewhere.path().filename().string() + "/probe";
  EXPECT_EQ(plugins.find(kind::source, name).options, nullptr);
  EXPECT_EQ(plugins.get(kind::source, name), nullptr);
}

TEST(Catalogue, LeavesLibrariesOpenWhenItGoes) {
  const temporary_folder folder;
  const auto file = folder.add(built("probe-parts.so"), "stays.so");
  { EXPECT_EQ(catalogue{{folder.path()}}.all().size(), 3u); }
  EXPECT_TRUE(is_loaded(file));
}

}  // namespace
}  // namespace tidegate::plugin
