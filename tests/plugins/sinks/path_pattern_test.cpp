#include "path_pattern.hpp"

#include "support.hpp"

namespace tidegate::file_sink {
namespace {

using testing::time_zone;
using testing::utc;

std::string problem_of(const std::string& path) {
  try {
    path_pattern{path, zone::utc};
  } catch (const tidegate::error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_CONFIGURATION);
    EXPECT_EQ(thrown.option(), "path");
    return thrown.what();
  }
  return "(accepted)";
}

TEST(PathPattern, IsExpandedAtTheGivenMoment) {
  const path_pattern pattern{"/data/%Y/%m/%d-%H%M%S-%j.ndjson", zone::utc};
  EXPECT_EQ(pattern.at(utc("2026-02-03 04:05:06")), "/data/2026/02/03-040506-034.ndjson");
  EXPECT_TRUE(pattern.changes());
  EXPECT_EQ(pattern.fixed_folder(), "/data");
  EXPECT_EQ(pattern.levels(), 3U);
}

TEST(PathPattern, ExpandsEveryConversionAsStrftimeDoesInTheCLocale) {
  const time_zone berlin{"Europe/Berlin"};
  const std::string conversions = "%Y %y %m %d %j %H %M %S %F %T %R %G %V %u %a %b %s %z %%";
  const auto moment = utc("2021-01-03 23:59:07");
  for (const auto in : {zone::utc, zone::local}) {
    const auto time = broken_down(in, seconds_of(moment));
    char expected[256];
    std::strftime(expected, sizeof expected, conversions.c_str(), &time);
    auto text = std::string{expected};
    // strftime does not know that the moment is not a local one.
    const auto local = time;
    auto copy = local;
    const auto wrong_epoch = std::to_string(std::mktime(&copy));
    if (in == zone::utc) text.replace(text.find(wrong_epoch), 10, std::to_string(seconds_of(moment)));
    EXPECT_EQ(path_pattern("/" + conversions, in).at(moment), "/" + text);
  }
}

TEST(PathPattern, WithoutConversionsNamesOneFileForEver) {
  const path_pattern pattern{"/data/log.ndjson", zone::utc};
  EXPECT_FALSE(pattern.changes());
  EXPECT_EQ(pattern.at(0), "/data/log.ndjson");
  EXPECT_EQ(pattern.fixed_folder(), "/data");
}

TEST(PathPattern, MayLieInTheRoot) {
  const path_pattern pattern{"/%Y.log", zone::utc};
  EXPECT_EQ(pattern.fixed_folder(), "/");
  EXPECT_EQ(pattern.at(0), "/1970.log");
  EXPECT_TRUE(pattern.recognise("1970.log"));
}

TEST(PathPattern, StampsAFileBeforeItsExtension) {
  const path_pattern pattern{"/data/%Y-%m-%d.ndjson", zone::utc};
  const auto now = utc("2026-11-23 03:05:08");
  EXPECT_EQ(pattern.stamped("/data/2026-11-23.ndjson", now, 0), "/data/2026-11-23.20261123T030508Z.ndjson");
  EXPECT_EQ(pattern.stamped("/data/2026-11-23.ndjson", now, 2), "/data/2026-11-23.20261123T030508Z-2.ndjson");
  const path_pattern bare{"/data/log", zone::utc};
  EXPECT_EQ(bare.stamped("/data/log", now, 0), "/data/log.20261123T030508Z");
}

TEST(PathPattern, RecognisesEveryNameThatItGives) {
  for (const std::string text :
       {"/d/data.ndjson", "/d/%Y/%b-%d/%H%M.csv", "/d/%s", "/d/%G-W%V-%u.x", "/d/%a%z", "/d/log"}) {
    const path_pattern pattern{text, zone::utc};
    for (std::int64_t day = 0; day < 800; ++day) {
      const auto moment = utc("2025-12-01 10:11:12") + day * 86'461 * 1'000'000'000;
      const auto live = pattern.at(moment);
      const auto stamped = pattern.stamped(live, moment, static_cast<unsigned>(day % 3));
      EXPECT_TRUE(pattern.recognise(live.substr(3))) << live;
      const auto own = pattern.recognise(stamped.substr(3));
      ASSERT_TRUE(own) << stamped;
      EXPECT_TRUE(own->stamped);
      const auto compressed = pattern.recognise(stamped.substr(3) + ".zst");
      ASSERT_TRUE(compressed);
      EXPECT_EQ(compressed->how, compression::zstd);
      EXPECT_FALSE(compressed->partial);
      EXPECT_TRUE(pattern.recognise(stamped.substr(3) + ".gz.part")->partial);
    }
  }
}

TEST(PathPattern, RecognisesNoLookAlikes) {
  const path_pattern pattern{"/d/%Y-%m-%d.ndjson", zone::utc};
  for (const std::string name : {"2026-11-23.ndjson.bak",
                                 "2026-11-23.ndjson~",
                                 "2026-11-23.ndjsonx",
                                 "2026-11-23",
                                 "x2026-11-23.ndjson",
                                 "2026-11-23.csv",
                                 "2026-13-01.ndjson",
                                 "2026-00-10.ndjson",
                                 "2026-02-30.ndjson",
                                 "2025-02-29.ndjson",
                                 "20261123.ndjson",
                                 "026-11-23.ndjson",
                                 "2026-11-23 (copy).ndjson",
                                 "2026-11-23.ndjson.1",
                                 "2026-11-23.ndjson.part",
                                 "2026-11-23.ndjson.gz.bak",
                                 "2026-11-23.ndjson.gz.gz",
                                 "2026-11-23.ndjson.gz.zst",
                                 "2026-11-23.ndjson.bz2",
                                 "2026-11-23.20261123T030508.ndjson",
                                 "2026-11-23.20261323T030508Z.ndjson",
                                 "2026-11-23.20261123T250508Z.ndjson",
                                 "2026-11-23.20261123T030508Z-.ndjson",
                                 "2026-11-23.20261123T030508Z-01.ndjson",
                                 "2026-11-23.20261123T030508Z-x.ndjson",
                                 "2026-11-23.20260230T030508Z.ndjson",
                                 "2026-11-23.20261123T030508Z.20261123T030508Z.ndjson",
                                 "",
                                 ".ndjson",
                                 ".2026-11-23.ndjson",
                                 "2026-11-23.ndjson/x",
                                 "a/2026-11-23.ndjson"})
    EXPECT_FALSE(pattern.recognise(name)) << name;
}

TEST(PathPattern, OfAFixedNameRecognisesOnlyStampedFilesAsLeftBehind) {
  const path_pattern pattern{"/d/data.ndjson", zone::utc};
  EXPECT_TRUE(pattern.recognise("data.ndjson"));
  for (const std::string name : {"data.ndjson.gz", "data.ndjson.1", "data.ndjson.1.gz", "data.2026.ndjson",
                                 "data.20261123T030508Z.json", "data2.20261123T030508Z.ndjson"})
    EXPECT_FALSE(pattern.recognise(name)) << name;
}

TEST(PathPattern, RefusesANameThatContradictsItself) {
  const path_pattern pattern{"/d/%Y/%Y-%m-%d.ndjson", zone::utc};
  EXPECT_TRUE(pattern.recognise("2026/2026-11-23.ndjson"));
  EXPECT_FALSE(pattern.recognise("2025/2026-11-23.ndjson"));
  EXPECT_TRUE(pattern.is_own_folder("2025"));
  EXPECT_FALSE(pattern.is_own_folder("backup"));
  EXPECT_FALSE(pattern.is_own_folder("2025/11"));
}

TEST(PathPattern, SaysWhatIsWrongWithAPath) {
  EXPECT_EQ(problem_of("data.ndjson"), "'data.ndjson' is not an absolute path");
  EXPECT_EQ(problem_of("/data/"), "'/data/' names a folder; add the name of a file, as in '%Y-%m-%d.ndjson'");
  EXPECT_EQ(
      problem_of("/data/%Y-%c.log"),
      "'%c' cannot be used in a path; known are %Y %y %m %d %j %H %M %S %F %T %R %G %V %u %a %b %s %z %%");
  EXPECT_EQ(problem_of("/data/100%"), "a '%' at the end of a name; write '%%' for a percent sign");
  EXPECT_EQ(problem_of("/data/x.ndjson.gz"),
            "'/data/x.ndjson.gz' must not end in '.gz': rotated files get such an ending from the option "
            "'compress'");
}

}  // namespace
}  // namespace tidegate::file_sink
