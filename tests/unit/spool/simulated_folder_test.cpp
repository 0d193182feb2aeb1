// That the simulated disk is as bad as it says: what a test of the spool cannot see here, it cannot find.
#include "simulated_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "folder_support.hpp"

namespace tidegate::spool {
namespace {

constexpr std::size_t sector = 512;
using call = simulated_folder::call;
using strings = std::vector<std::string>;

std::string sectors(const std::string& letters) {
  std::string text;
  for (const char each : letters) text.append(sector, each);
  return text;
}

std::shared_ptr<file> create(simulated_folder& in, const std::string& name, const std::string& text) {
  std::shared_ptr<file> made;
  EXPECT_FALSE(in.create(name, made));
  EXPECT_FALSE(write_text(*made, 0, text));
  return made;
}

// One that a power cut leaves as it is.
std::shared_ptr<file> create_for_good(simulated_folder& in, const std::string& name,
                                      const std::string& text) {
  auto made = create(in, name, text);
  EXPECT_FALSE(made->sync());
  EXPECT_FALSE(in.sync());
  return made;
}

std::string text_of(simulated_folder& in, const std::string& name) {
  const auto& bytes = in.content(name);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// All that is in a folder.
std::string look(simulated_folder& at) {
  std::string all;
  for (const auto& name : at.names()) all += name + "=" + text_of(at, name) + ";";
  return all;
}

// What many power cuts at this moment leave.
std::set<std::string> cuts(const simulated_folder& of,
                           const std::function<std::string(simulated_folder&)>& seen = look) {
  std::set<std::string> all;
  simulated_folder::random draw{7};
  for (int each = 0; each < 3000; ++each) {
    const auto one = of.fork();
    one->lose_power(draw);
    all.insert(seen(*one));
  }
  return all;
}

// ---- what a power cut leaves -----------------------------------------------------------------------

TEST(PowerCut, LeavesWhatWasSynced) {
  simulated_folder files;
  const auto made = create_for_good(files, "a", sectors("123"));
  EXPECT_FALSE(write_text(*made, 100, "between"));
  EXPECT_FALSE(made->sync());
  EXPECT_EQ(cuts(files), std::set<std::string>{look(files)});
}

TEST(PowerCut, LeavesAnyOfTheSectorsThatWereNotSynced) {
  simulated_folder files;
  const auto made = create_for_good(files, "a", sectors("oooo"));
  EXPECT_FALSE(write_text(*made, 0, sectors("nnnn")));
  const auto seen = cuts(files);
  for (unsigned subset = 0; subset < 16; ++subset) {
    std::string letters;
    for (unsigned each = 0; each < 4; ++each) letters += (subset >> each & 1u) != 0 ? 'n' : 'o';
    EXPECT_EQ(seen.count("a=" + sectors(letters) + ";"), 1u) << letters;
  }
}

TEST(PowerCut, TearsSectors) {
  simulated_folder files;
  const auto made = create_for_good(files, "a", sectors("o"));
  EXPECT_FALSE(write_text(*made, 0, sectors("n")));
  bool begun = false;
  bool garbled = false;
  for (const auto& each : cuts(files, [](auto& one) { return text_of(one, "a"); })) {
    const auto end = each.find_first_not_of('n');
    if (end == std::string::npos || end == 0) continue;
    begun = begun || each.find_first_not_of('o', end) == std::string::npos;
    garbled = garbled || each.find_first_not_of("no") != std::string::npos;
  }
  EXPECT_TRUE(begun) << "new bytes, then old ones";
  EXPECT_TRUE(garbled) << "bytes that were never written";
}

TEST(PowerCut, LeavesWhatWasNotTouchedSinceTheSync) {
  simulated_folder files;
  const auto made = create_for_good(files, "a", sectors("oooo"));
  EXPECT_FALSE(write_text(*made, sector + 10, "new"));
  for (const auto& each : cuts(files, [](auto& one) { return text_of(one, "a"); })) {
    EXPECT_EQ(each.substr(0, sector), sectors("o"));
    EXPECT_EQ(each.substr(2 * sector), sectors("oo"));
  }
}

TEST(PowerCut, MayLeaveAnEarlierWrite) {
  simulated_folder files;
  const auto made = create_for_good(files, "a", sectors("0"));
  for (const auto* each : {"1", "2", "3"}) EXPECT_FALSE(write_text(*made, 0, sectors(each)));
  const auto seen = cuts(files);
  for (const auto* each : {"0", "1", "2", "3"}) EXPECT_EQ(seen.count("a=" + sectors(each) + ";"), 1u) << each;
}

TEST(PowerCut, LeavesAnyPartOfAGrowth) {
  simulated_folder files;
  const auto made = create_for_good(files, "a", sectors("o"));
  EXPECT_FALSE(write_text(*made, sector, sectors("nn")));
  const auto seen = cuts(files);
  const std::string zeros(sector, '\0');
  EXPECT_EQ(seen.count("a=" + sectors("o") + ";"), 1u) << "none";
  EXPECT_EQ(seen.count("a=" + sectors("onn") + ";"), 1u) << "all";
  EXPECT_EQ(seen.count("a=" + sectors("on") + ";"), 1u) << "the first";
  EXPECT_EQ(seen.count("a=" + sectors("o") + zeros + sectors("n") + ";"), 1u) << "a hole";
  EXPECT_EQ(seen.count("a=" + sectors("o") + zeros + zeros + ";"), 1u) << "the length alone";
}

TEST(PowerCut, KnowsThatASyncOfAFileIsNoneOfItsName) {
  simulated_folder files;
  EXPECT_FALSE(create(files, "a", "text")->sync());
  EXPECT_EQ(cuts(files), (std::set<std::string>{"", "a=text;"}));
  EXPECT_FALSE(files.sync());
  EXPECT_EQ(cuts(files), std::set<std::string>{"a=text;"});
}

TEST(PowerCut, KnowsThatASyncOfANameIsNoneOfItsFile) {
  simulated_folder files;
  create(files, "a", sectors("n"));
  EXPECT_FALSE(files.sync());
  const auto seen = cuts(files);
  EXPECT_EQ(seen.count(""), 0u);
  EXPECT_EQ(seen.count("a=;"), 1u);
  EXPECT_EQ(seen.count("a=" + std::string(sector, '\0') + ";"), 1u);
  EXPECT_EQ(seen.count("a=" + sectors("n") + ";"), 1u);
}

TEST(PowerCut, MayUndoARemoval) {
  simulated_folder files;
  create_for_good(files, "a", "text");
  EXPECT_FALSE(files.remove("a"));
  EXPECT_EQ(cuts(files), (std::set<std::string>{"", "a=text;"}));
  EXPECT_FALSE(files.sync());
  EXPECT_EQ(cuts(files), std::set<std::string>{""});
}

TEST(PowerCut, LeavesARenamedFileOneOfItsNames) {
  simulated_folder files;
  create_for_good(files, "a", "of a");
  create_for_good(files, "b", "of b");
  EXPECT_FALSE(files.rename("a", "c"));
  EXPECT_EQ(cuts(files), (std::set<std::string>{"a=of a;b=of b;", "b=of b;c=of a;"}));
  EXPECT_FALSE(files.sync());
  EXPECT_FALSE(files.rename("c", "b"));
  EXPECT_EQ(cuts(files), (std::set<std::string>{"b=of b;c=of a;", "b=of a;"}));
}

TEST(PowerCut, MayLeaveALaterStepWithoutAnEarlierOne) {
  simulated_folder files;
  EXPECT_FALSE(create(files, "a", "1")->sync());
  EXPECT_FALSE(create(files, "b", "2")->sync());
  EXPECT_EQ(cuts(files), (std::set<std::string>{"", "a=1;", "b=2;", "a=1;b=2;"}));
}

TEST(PowerCut, GivesANameTheOldFileOrTheNewOne) {
  simulated_folder files;
  create_for_good(files, "a", "old");
  EXPECT_FALSE(files.remove("a"));
  EXPECT_FALSE(create(files, "a", "new")->sync());
  EXPECT_EQ(cuts(files), (std::set<std::string>{"", "a=old;", "a=new;"}));
  EXPECT_FALSE(files.rename("a", "b"));
  EXPECT_EQ(cuts(files), (std::set<std::string>{"", "a=old;", "a=new;", "b=new;"}));
}

TEST(PowerCut, TakesNoNameFromAFileThatDidNotHaveIt) {
  simulated_folder files;
  create_for_good(files, "a", "1");
  create_for_good(files, "b", "2");
  EXPECT_FALSE(files.rename("b", "a"));
  EXPECT_FALSE(files.remove("a"));
  EXPECT_EQ(cuts(files), (std::set<std::string>{"a=1;b=2;", "a=2;", ""}));
}

TEST(PowerCut, IsTheSameForTheSameSeed) {
  simulated_folder files;
  create(files, "a", sectors("0123456789"));
  const auto cut = [&](std::uint64_t seed) {
    simulated_folder::random draw{seed};
    const auto one = files.fork();
    one->lose_power(draw);
    return look(*one);
  };
  EXPECT_EQ(cut(5), cut(5));
  EXPECT_NE(cut(5), cut(6));
}

TEST(PowerCut, ComesAtTheCallThatIsNamed) {
  const auto work = [](simulated_folder& at) {
    const auto made = create(at, "a", "text");
    EXPECT_FALSE(made->sync());
    EXPECT_FALSE(at.sync());
    EXPECT_FALSE(at.rename("a", "b"));
    EXPECT_FALSE(at.remove("b"));
  };
  simulated_folder whole;
  work(whole);
  ASSERT_EQ(whole.changes(), 6u);
  for (std::uint64_t each = 0; each < whole.changes(); ++each) {
    simulated_folder files;
    files.cut_power_after(each);
    EXPECT_THROW(work(files), power_cut) << each;
    EXPECT_EQ(files.changes(), each + 1);
  }
  simulated_folder files;
  files.cut_power_after(whole.changes());
  EXPECT_NO_THROW(work(files));
}

TEST(PowerCut, LeavesAnyPartOfTheWriteThatItCutsOff) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    simulated_folder files{seed};
    const auto made = create_for_good(files, "a", sectors("oo"));
    files.cut_power_after(0);
    EXPECT_THROW(static_cast<void>(write_text(*made, 0, sectors("nn"))), power_cut);
    seen.insert(text_of(files, "a"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{sectors("oo"), sectors("on"), sectors("no"), sectors("nn")}));
}

// ---- the end of a process ------------------------------------------------------------------------

TEST(Kill, LeavesEverythingButNotForGood) {
  simulated_folder files;
  create(files, "a", sectors("n"));
  files.kill();
  EXPECT_EQ(look(files), "a=" + sectors("n") + ";");
  EXPECT_EQ(cuts(files).count(""), 1u);
}

TEST(OpenFiles, OfAnEarlierLifeDoNothingAnyMore) {
  for (const bool by_power : {false, true}) {
    simulated_folder files;
    const auto made = create_for_good(files, "a", "text");
    simulated_folder::random draw{1};
    by_power ? files.lose_power(draw) : files.kill();
    std::uint64_t bytes = 0;
    for (int each = 0; each < 20; ++each) {
      EXPECT_EQ(write_text(*made, 0, "other"), std::errc::io_error);
      EXPECT_EQ(made->sync(), std::errc::io_error);
    }
    EXPECT_EQ(made->size(bytes), std::errc::io_error);
    EXPECT_NE(read_text(*made), "text");
    EXPECT_EQ(look(files), "a=text;");
  }
}

// ---- errors ------------------------------------------------------------------------------------

std::error_code make_call(simulated_folder& files, file& opened, call kind) {
  std::shared_ptr<file> other;
  strings names;
  std::uint64_t bytes = 0;
  switch (kind) {
    case call::write:
      return write_text(opened, 0, "x");
    case call::sync:
      return opened.sync();
    case call::create:
      return files.create("new" + std::to_string(files.changes()), other);
    case call::open:
      return files.open("a", other);
    case call::remove:
      return files.remove(files.names().back());
    case call::rename:
      return files.rename("a", "a");
    case call::list:
      return files.list(names);
    case call::read: {
      std::byte one[1];
      std::size_t got = 0;
      return opened.read(0, one, got);
    }
    case call::size:
      return opened.size(bytes);
    case call::sync_folder:
      return files.sync();
    case call::free_space:
      return files.free_space(bytes);
  }
  return {};
}

TEST(Faults, FailTheCallsThatAreNamedAndNoOthers) {
  constexpr call kinds[] = {call::write,  call::sync,        call::create,    call::open,
                            call::remove, call::rename,      call::list,      call::read,
                            call::size,   call::sync_folder, call::free_space};
  for (const auto failing : kinds) {
    simulated_folder files;
    const auto opened = create_for_good(files, "a", "text");
    for (const auto* more : {"b", "c", "d", "e"}) create_for_good(files, more, "");
    files.fail(failing, std::errc::read_only_file_system, 1, 2);
    for (const auto kind : kinds) {
      if (kind == failing) continue;
      EXPECT_FALSE(make_call(files, *opened, kind)) << static_cast<int>(kind);
    }
    EXPECT_FALSE(make_call(files, *opened, failing));
    EXPECT_EQ(make_call(files, *opened, failing), std::errc::read_only_file_system);
    EXPECT_EQ(make_call(files, *opened, failing), std::errc::read_only_file_system);
    EXPECT_FALSE(make_call(files, *opened, failing));
  }
}

TEST(Faults, LastUntilTheyAreHealed) {
  simulated_folder files;
  files.fail(call::sync_folder, std::errc::io_error, 0, UINT64_MAX);
  for (int each = 0; each < 100; ++each) EXPECT_EQ(files.sync(), std::errc::io_error);
  files.heal();
  EXPECT_FALSE(files.sync());
}

TEST(Faults, OfNamesChangeNothing) {
  simulated_folder files;
  create_for_good(files, "a", "text");
  files.fail(call::remove, std::errc::io_error);
  files.fail(call::rename, std::errc::io_error);
  files.fail(call::create, std::errc::io_error);
  std::shared_ptr<file> made;
  EXPECT_TRUE(files.remove("a"));
  EXPECT_TRUE(files.rename("a", "b"));
  EXPECT_TRUE(files.create("c", made));
  EXPECT_EQ(look(files), "a=text;");
}

TEST(Faults, LeaveAnyPartOfAWrite) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    simulated_folder files{seed};
    const auto made = create_for_good(files, "a", sectors("oo"));
    files.fail(call::write, std::errc::io_error);
    EXPECT_EQ(write_text(*made, 0, sectors("nn")), std::errc::io_error);
    seen.insert(text_of(files, "a"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{sectors("oo"), sectors("on"), sectors("no"), sectors("nn")}));
}

// As Linux has it: the pages count as clean, and the error is told once.
TEST(FailedSync, IsFollowedByOneThatSucceedsAndSavesNothing) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    simulated_folder files{seed};
    const auto made = create_for_good(files, "a", sectors("oo"));
    EXPECT_FALSE(write_text(*made, 0, sectors("nn")));
    files.fail(call::sync, std::errc::io_error);
    EXPECT_EQ(made->sync(), std::errc::io_error);
    EXPECT_EQ(read_text(*made), sectors("nn")) << "it is read as if all were well";
    EXPECT_FALSE(made->sync());
    const auto left = cuts(files);
    ASSERT_EQ(left.size(), 1u) << "nothing is left to be decided";
    seen.insert(*left.begin());
    files.evict();
    EXPECT_EQ(look(files), *left.begin()) << "it is read as the disk has it";
  }
  EXPECT_EQ(seen.size(), 4u) << "any of the sectors are on the disk";
}

TEST(FailedSync, GivesUpAGrowthAsWell) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    simulated_folder files{seed};
    const auto made = create_for_good(files, "a", "");
    EXPECT_FALSE(write_text(*made, 0, sectors("n")));
    files.fail(call::sync, std::errc::no_space_on_device);
    EXPECT_EQ(made->sync(), std::errc::no_space_on_device);
    EXPECT_FALSE(made->sync());
    seen.merge(cuts(files));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"a=" + std::string(sector, '\0') + ";", "a=" + sectors("n") + ";"}));
}

TEST(FailedSync, DoesNotConcernWhatIsWrittenAgain) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    simulated_folder files{seed};
    const auto made = create_for_good(files, "a", sectors("o"));
    EXPECT_FALSE(write_text(*made, 0, sectors("n")));
    files.fail(call::sync, std::errc::io_error);
    EXPECT_TRUE(made->sync());
    EXPECT_FALSE(write_text(*made, 0, sectors("m")));
    files.evict();
    EXPECT_EQ(read_text(*made), sectors("m"));
    EXPECT_FALSE(made->sync());
    EXPECT_EQ(cuts(files), std::set<std::string>{"a=" + sectors("m") + ";"});
  }
}

// ---- capacity ----------------------------------------------------------------------------------

TEST(Capacity, RefusesGrowthAndNotOverwriting) {
  simulated_folder files;
  files.set_capacity(2 * sector);
  const auto made = create(files, "a", sectors("oo"));
  EXPECT_EQ(write_text(*made, 2 * sector, "x"), std::errc::no_space_on_device);
  EXPECT_EQ(write_text(*made, sector, sectors("nn")), std::errc::no_space_on_device);
  EXPECT_EQ(read_text(*made), sectors("on")) << "the part that fits";
  EXPECT_FALSE(write_text(*made, 0, sectors("mm")));
  EXPECT_EQ(read_text(*made), sectors("mm"));
}

TEST(Capacity, IsThatOfAllFiles) {
  simulated_folder files;
  files.set_capacity(3 * sector);
  std::uint64_t bytes = 0;
  create(files, "a", sectors("o"));
  EXPECT_FALSE(files.free_space(bytes));
  EXPECT_EQ(bytes, 2 * sector);
  const auto b = create(files, "b", sectors("oo"));
  EXPECT_EQ(write_text(*b, 2 * sector, "x"), std::errc::no_space_on_device);
  EXPECT_FALSE(files.remove("a"));
  EXPECT_FALSE(write_text(*b, 2 * sector, "x"));
}

TEST(Capacity, IsTakenByARemovedFileUntilItIsClosed) {
  simulated_folder files;
  files.set_capacity(2 * sector);
  std::uint64_t bytes = 0;
  auto opened = create(files, "a", sectors("oo"));
  create(files, "b", "");
  EXPECT_FALSE(files.rename("b", "a"));
  EXPECT_FALSE(files.free_space(bytes));
  EXPECT_EQ(bytes, 0u);
  opened.reset();
  EXPECT_FALSE(files.free_space(bytes));
  EXPECT_EQ(bytes, 2 * sector);
}

TEST(Capacity, IsNotTakenByTheOpenFilesOfADeadProcess) {
  simulated_folder files;
  files.set_capacity(sector);
  const auto opened = create(files, "a", sectors("o"));
  files.kill();
  EXPECT_FALSE(files.remove("a"));
  std::uint64_t bytes = 0;
  EXPECT_FALSE(files.free_space(bytes));
  EXPECT_EQ(bytes, sector);
}

// ---- surgery -----------------------------------------------------------------------------------

TEST(Surgery, OfWhatWasPutIsForGood) {
  simulated_folder files;
  create(files, "a", "text");
  files.put("a", {std::byte{'x'}});
  EXPECT_EQ(cuts(files), std::set<std::string>{"a=x;"});
}

TEST(Copies, HaveTheContentForGood) {
  simulated_folder files;
  const auto made = create(files, "a", sectors("n"));
  const auto copied = files.copy();
  EXPECT_FALSE(write_text(*made, 0, sectors("m")));
  EXPECT_EQ(cuts(*copied), std::set<std::string>{"a=" + sectors("n") + ";"});
}

TEST(Forks, AreInTheSameStateAndGoTheirOwnWay) {
  simulated_folder files;
  files.set_capacity(2 * sector);
  const auto made = create(files, "a", sectors("n"));
  const auto forked = files.fork();
  EXPECT_EQ(cuts(*forked), cuts(files));
  EXPECT_FALSE(made->sync());
  EXPECT_FALSE(files.sync());
  EXPECT_EQ(cuts(*forked).count(""), 1u);
  EXPECT_EQ(cuts(files).size(), 1u);
  std::shared_ptr<file> opened;
  EXPECT_FALSE(forked->open("a", opened));
  EXPECT_EQ(write_text(*opened, 2 * sector, "x"), std::errc::no_space_on_device);
  EXPECT_FALSE(write_text(*opened, 0, "m"));
  EXPECT_EQ(read_text(*made), sectors("n"));
}

TEST(Counters, TellWhatIsWritten) {
  simulated_folder files;
  const auto made = create(files, "a", sectors("nnn"));
  EXPECT_EQ(files.sectors_written(), 3u);
  EXPECT_FALSE(write_text(*made, 0, "x"));
  EXPECT_EQ(files.sectors_written(), 4u);
}

}  // namespace
}  // namespace tidegate::spool
