// A plugin exports its entry and nothing else, so that two plugins share nothing.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include "tidegate/abi.h"

namespace {

// What `nm` sees in the table of dynamic symbols, defined here.
std::set<std::string> exports(const std::string& file) {
  std::set<std::string> names;
  FILE* listing = ::popen(("nm --dynamic --defined-only --format=posix '" + file + "'").c_str(), "r");
  if (listing == nullptr) return names;
  char line[4096];
  while (std::fgets(line, sizeof line, listing) != nullptr) {
    const std::string text = line;
    names.insert(text.substr(0, text.find(' ')));
  }
  EXPECT_EQ(::pclose(listing), 0);
  return names;
}

// How often the plugin says it was called.
unsigned call(const std::string& file) {
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error{::dlerror()};
  const auto entry = reinterpret_cast<tidegate_plugin_entry>(::dlsym(library, TIDEGATE_PLUGIN_ENTRY));
  return entry()->component_count;
}

TEST(Symbols, OfAPluginAreItsEntryAlone) {
  const std::set<std::string> one{TIDEGATE_PLUGIN_ENTRY};
  EXPECT_EQ(exports(SYMBOLS "/scripted-first.so"), one);
  EXPECT_EQ(exports(SYMBOLS "/thermometer.so"), one);
  EXPECT_EQ(exports(SYMBOLS "/scale.so"), one);
  EXPECT_EQ(exports(SYMBOLS "/lines.so"), one);
  EXPECT_EQ(exports(SYMBOLS "/uptime.so"), one);
}

TEST(Symbols, LeakByHiddenVisibilityAlone) {
  EXPECT_TRUE(exports(SYMBOLS "/hidden-first.so").contains("_ZN7library7counterIiE5valueE"));
}

TEST(InlineVariables, AreEachPluginsOwn) {
  EXPECT_EQ(call(SYMBOLS "/scripted-first.so"), 1u);
  EXPECT_EQ(call(SYMBOLS "/scripted-second.so"), 1u);
  EXPECT_EQ(call(SYMBOLS "/scripted-first.so"), 2u);
}

// The reason for the version script: without it the loader makes one of the two (STB_GNU_UNIQUE), though both
// were opened RTLD_LOCAL.
TEST(InlineVariables, AreSharedByPluginsWithoutTheVersionScript) {
#if defined(__clang__)
  GTEST_SKIP() << "only GCC binds them uniquely";
#else
  EXPECT_EQ(call(SYMBOLS "/hidden-first.so"), 1u);
  EXPECT_EQ(call(SYMBOLS "/hidden-second.so"), 2u);
#endif
}

}  // namespace
