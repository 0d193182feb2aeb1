// Every file that cannot be used is refused with one sentence, and the others go on.
#include <elf.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "folders.hpp"
#include "plugin/catalogue.hpp"
#include "plugin/elf_file.hpp"

namespace tidegate::plugin {
namespace {

class BadPlugin : public ::testing::Test {
 protected:
  // What the catalogue says of the one file in its folder, without the path that it begins with.
  std::string refusal(const std::filesystem::path& file) {
    catalogue plugins{{folder_.path()}};
    EXPECT_TRUE(plugins.all().empty());
    if (plugins.problems().size() != 1) return std::to_string(plugins.problems().size()) + " problems";
    const auto& said = plugins.problems().front();
    EXPECT_EQ(said.file, file);
    const auto prefix = file.string() + ": ";
    EXPECT_TRUE(said.problem.starts_with(prefix)) << said.problem;
    // What names the file again, for a command to copy, is shown as FILE.
    auto rest = said.problem.substr(std::min(prefix.size(), said.problem.size()));
    for (std::size_t at; (at = rest.find(file.string())) != std::string::npos;)
      rest.replace(at, file.string().size(), "FILE");
    return rest;
  }
  std::string refusal_of(const std::string& name) { return refusal(folder_.add(built(name + ".so"))); }

  temporary_folder folder_;
};

TEST_F(BadPlugin, WithoutEntryIsNoPlugin) {
  EXPECT_EQ(refusal_of("bad_no_entry"),
            "exports no tidegate_plugin_entry_v1, so it is no plugin; take it out of the plugin folder, or "
            "declare its "
            "components with TIDEGATE_PLUGIN");
}

TEST_F(BadPlugin, WithTheEntryOfALaterMajorNeedsANewerHost) {
  EXPECT_EQ(refusal_of("bad_entry_v2"),
            "is made for hosts with plugin entry v2, this host knows v1; install a newer tidegate");
}

TEST_F(BadPlugin, OfAnotherMajorIsRefused) {
  EXPECT_EQ(refusal_of("bad_wrong_major"),
            "needs plugin ABI 3.0, this host has 0.2; install a newer tidegate");
}

TEST_F(BadPlugin, ThatNeedsANewerMinorIsRefused) {
  EXPECT_EQ(refusal_of("bad_newer_minor"),
            "needs plugin ABI 0.7, this host has 0.2; install a newer tidegate");
}

// One pointer less than there must be.
const std::string too_small =
    sizeof(void*) == 8 ? "48 bytes, where at least 56" : "28 bytes, where at least 32";

TEST_F(BadPlugin, WhoseTableIsTooSmallIsRefused) {
  EXPECT_EQ(refusal_of("bad_size_too_small"), "has a tidegate_plugin of " + too_small +
                                                  " are needed; build the plugin anew with the "
                                                  "headers of "
                                                  "the Tidegate SDK");
}

TEST_F(BadPlugin, WhoseFunctionsEndTooEarlyIsRefused) {
  EXPECT_EQ(refusal_of("bad_small_functions"), "has a table of functions for source 'bad' of " + too_small +
                                                   " are needed; build the "
                                                   "plugin anew "
                                                   "with the headers of the Tidegate SDK");
}

TEST_F(BadPlugin, WithoutFunctionsIsRefused) {
  EXPECT_EQ(refusal_of("bad_null_table"),
            "has no table of functions for source 'bad'; set 'functions' in its component");
}

TEST_F(BadPlugin, WithoutAFunctionThatMustBeThereIsRefused) {
  EXPECT_EQ(refusal_of("bad_null_function"), "has no function 'start' for source 'bad'; set it in the table");
}

TEST_F(BadPlugin, WhoseEntryReturnsNothingIsRefused) {
  EXPECT_EQ(refusal_of("bad_null_plugin"),
            "has an entry function that returns null; let it return its table");
}

TEST_F(BadPlugin, WithANullComponentIsRefused) {
  EXPECT_EQ(refusal_of("bad_null_component"),
            "has a null pointer for component 0; build the plugin anew with the headers of the Tidegate SDK");
}

TEST_F(BadPlugin, ThatOffersNothingIsRefused) {
  EXPECT_EQ(refusal_of("bad_no_components"), "offers no component; list them in its table");
}

TEST_F(BadPlugin, ThatOffersAComponentTwiceIsRefused) {
  EXPECT_EQ(refusal_of("bad_duplicate_component"),
            "offers source 'bad' twice; remove one of them from its table");
}

TEST_F(BadPlugin, WithANameThatNoConfigurationCouldUseIsRefused) {
  EXPECT_EQ(refusal_of("bad_bad_name"),
            "names component 0 'Bad Name'; names are made of lower case letters, digits and hyphens");
}

TEST_F(BadPlugin, OfAnUnknownKindIsRefused) {
  EXPECT_EQ(
      refusal_of("bad_unknown_kind"),
      "offers 'bad' as a component of the unknown kind 9; kinds are 1 (source), 2 (processor) and 3 (sink)");
}

TEST_F(BadPlugin, OfAnUnknownFlowIsRefused) {
  EXPECT_EQ(
      refusal_of("bad_unknown_flow"),
      "declares the unknown flow 7 for source 'bad'; flows are 0 (pausable), 1 (replayable) and 2 (lossy)");
}

TEST_F(BadPlugin, WhoseReplayableSourceCannotBeToldIsRefused) {
  EXPECT_EQ(refusal_of("bad_no_acknowledge"),
            "has no function 'acknowledge' for source 'bad'; set it in the table");
}

TEST_F(BadPlugin, WhoseSinkTakesNoDeliveryIsRefused) {
  EXPECT_EQ(refusal_of("bad_zero_window"), "has a window of 0 for sink 'bad'; set it to 1 or more");
}

TEST_F(BadPlugin, WithAnInvalidSchemaIsRefused) {
  EXPECT_EQ(refusal_of("bad_invalid_schema"),
            "declares options for source 'bad' that are no valid schema: the schema: keyword 'properties' "
            "must be an object; "
            "see sdk/OPTIONS.md");
}

TEST_F(BadPlugin, WhoseEntryThrowsIsRefused) {
  EXPECT_EQ(refusal_of("bad_throwing_entry"),
            "throws an exception from its entry function; let it return its table and do nothing else");
}

TEST_F(BadPlugin, ThatExportsOneMoreSymbolIsRefused) {
  EXPECT_EQ(
      refusal_of("bad_extra_symbol"),
      "exports 'helper' beside tidegate_plugin_entry_v1; link it with tidegate_add_plugin, which applies the "
      "version script");
}

// Which ones leak is the compiler's business, so that only the frame of the sentence can be exact.
TEST_F(BadPlugin, ThatLeaksTheStandardLibraryIsRefused) {
  const auto said = refusal_of("bad_extra_symbols");
  EXPECT_TRUE(said.starts_with("exports '_Z")) << said;
  EXPECT_TRUE(
      said.ends_with(" beside tidegate_plugin_entry_v1; link it with tidegate_add_plugin, which applies the "
                     "version script"))
      << said;
}

TEST_F(BadPlugin, ThatNeedsWhatIsNotInstalledIsRefusedWhenItIsOpened) {
  EXPECT_EQ(refusal_of("bad_undefined_symbol"),
            "cannot be loaded: undefined symbol: nowhere_to_be_found; install what is missing");
}

TEST_F(BadPlugin, ForAnotherArchitectureIsRefusedWithBothNames) {
  auto content = content_of(built("probe-parts.so"));
  const std::uint16_t other = own_machine() == "aarch64" ? EM_X86_64 : EM_AARCH64;
  std::memcpy(content.data() + offsetof(Elf64_Ehdr, e_machine), &other, sizeof other);
  EXPECT_EQ(refusal(folder_.write("probe.so", content)),
            std::string{"was built for "} + (other == EM_AARCH64 ? "aarch64" : "x86-64") +
                ", this machine is " + own_machine() + "; install the package for this architecture");
}

TEST_F(BadPlugin, ThatOthersMayWriteIsRefused) {
  const auto file = folder_.add(built("probe-parts.so"));
  folder_.mode(file, 0777);
  EXPECT_EQ(refusal(file), "may be written by others (mode 0777); run: chmod go-w FILE");
}

TEST_F(BadPlugin, ThatTheGroupMayWriteIsRefused) {
  const auto file = folder_.add(built("probe-parts.so"));
  folder_.mode(file, 0664);
  EXPECT_EQ(refusal(file), "may be written by others (mode 0664); run: chmod go-w FILE");
}

TEST_F(BadPlugin, InAFolderThatOthersMayWriteIsRefused) {
  const auto file = folder_.add(built("probe-parts.so"));
  folder_.mode(folder_.path(), 0777);
  EXPECT_EQ(refusal(file), "lies in a folder that may be written by others (mode 0777); run: chmod go-w " +
                               folder_.path().string());
}

TEST_F(BadPlugin, ThatAnotherUserOwnsIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const auto file = folder_.add(built("probe-parts.so"));
  ASSERT_EQ(::chown(file.c_str(), 4321, 4321), 0);
  EXPECT_EQ(refusal(file), "belongs to user 4321, not to root; run: chown root FILE");
}

TEST_F(BadPlugin, ThatIsADirectoryIsRefused) {
  std::filesystem::create_directory(folder_ / "x.so");
  EXPECT_EQ(refusal(folder_ / "x.so"),
            "is a directory, not a regular file; take it out of the plugin folder");
}

TEST_F(BadPlugin, ThatIsAPipeIsRefusedWithoutWaitingForAWriter) {
  ASSERT_EQ(::mkfifo((folder_ / "x.so").c_str(), 0600), 0);
  EXPECT_EQ(refusal(folder_ / "x.so"), "is a pipe, not a regular file; take it out of the plugin folder");
}

TEST_F(BadPlugin, ThatIsATextFileIsRefused) {
  EXPECT_EQ(
      refusal(folder_.write("x.so", "INPUT(probe.so)\n")),
      "is no shared library: it does not begin with the ELF magic bytes; take it out of the plugin folder or "
      "install the plugin anew");
}

TEST_F(BadPlugin, ThatIsEmptyIsRefused) {
  EXPECT_EQ(
      refusal(folder_.write("x.so", "")),
      "is no shared library: it does not begin with the ELF magic bytes; take it out of the plugin folder or "
      "install the plugin anew");
}

TEST_F(BadPlugin, ThatEndsInItsHeaderIsRefused) {
  EXPECT_EQ(refusal(folder_.write("x.so", content_of(built("probe-parts.so")).substr(0, 40))),
            "ends inside its ELF header; take it out of the plugin folder or install the plugin anew");
}

TEST_F(BadPlugin, ThatIsTruncatedIsRefused) {
  const auto content = content_of(built("probe-parts.so"));
  EXPECT_EQ(refusal(folder_.write("x.so", content.substr(0, content.size() / 2))),
            "ends before its section headers: it is truncated; take it out of the plugin folder or install "
            "the plugin "
            "anew");
}

TEST_F(BadPlugin, ThatIsAProgramIsRefused) {
  auto content = content_of(built("probe-parts.so"));
  const std::uint16_t type = ET_EXEC;
  std::memcpy(content.data() + offsetof(Elf64_Ehdr, e_type), &type, sizeof type);
  EXPECT_EQ(
      refusal(folder_.write("x.so", content)),
      "is an ELF file, but no shared library; take it out of the plugin folder or install the plugin anew");
}

TEST_F(BadPlugin, BehindALinkOutOfTheFoldersIsRefused) {
  const temporary_folder elsewhere;
  const auto real = elsewhere.add(built("probe-parts.so"));
  std::filesystem::create_symlink(real, folder_ / "x.so");
  EXPECT_EQ(refusal(folder_ / "x.so"), "is a symbolic link to " + real.string() +
                                           ", outside the plugin folders; copy the file there instead");
}

TEST_F(BadPlugin, BehindALinkThatLeadsNowhereIsRefused) {
  std::filesystem::create_symlink("gone.so", folder_ / "x.so");
  EXPECT_EQ(refusal(folder_ / "x.so"), "is a symbolic link that leads nowhere; remove it");
}

TEST_F(BadPlugin, DoesNotKeepOthersFromWorking) {
  folder_.add(built("bad_wrong_major.so"));
  folder_.write("a.so", "");
  folder_.add(built("probe-parts.so"));
  catalogue plugins{{folder_.path()}};
  EXPECT_EQ(plugins.all().size(), 3u);
  EXPECT_EQ(plugins.problems().size(), 2u);
}

}  // namespace
}  // namespace tidegate::plugin
