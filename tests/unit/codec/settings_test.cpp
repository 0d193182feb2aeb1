// Options that the schema allows and that make no sense together: each is refused with one exact message.
#include <gtest/gtest.h>

#include "support.hpp"

namespace tidegate::codec {
namespace {

TEST(refused, is_a_type_that_is_unknown) {
  EXPECT_EQ(refusal({{"type", "xml"}}),
            "type: must be one of ndjson, json, cbor, cbor-seq, csv, line-protocol; this is 'xml'");
}

TEST(refused, is_a_time_format_that_is_neither_known_nor_a_pattern) {
  EXPECT_EQ(
      refusal({{"time", map({{"format", "iso"}})}}),
      "time.format: must be rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns or a pattern with '%' such as "
      "%Y-%m-%d %H:%M:%S; this is 'iso'");
  EXPECT_EQ(refusal({{"time", map({{"format", "%Y %s"}})}}),
            "time.format: the conversion '%s' is not known; for seconds since 1970 write format: epoch_s");
}

TEST(refused, is_a_zone_for_what_has_none) {
  EXPECT_EQ(refusal({{"time", map({{"format", "epoch_ms"}, {"zone", "local"}})}}),
            "time.zone: has no meaning for epoch_ms, which counts from 1970 UTC; remove it");
}

TEST(refused, is_a_precision_of_anything_but_rfc3339) {
  EXPECT_EQ(refusal({{"time", map({{"format", "%S"}, {"precision", "ms"}})}}),
            "time.precision: is for the format rfc3339; here it is '%S'; write %3N, %6N or %9N in the "
            "pattern instead");
  EXPECT_EQ(
      refusal({{"time", map({{"format", "epoch_s"}, {"precision", "ms"}})}}),
      "time.precision: is for the format rfc3339; here it is 'epoch_s'; choose another epoch format instead");
}

TEST(refused, is_a_name_given_twice) {
  EXPECT_EQ(refusal({{"fields", list({"a", "b", "a"})}}),
            "fields[2]: names 'a' a second time; remove one of the two");
  EXPECT_EQ(refusal({{"type", "csv"}, {"columns", list({"a", "a"})}}),
            "columns[1]: names 'a' a second time; remove one of the two");
}

TEST(refused, is_an_empty_name) {
  EXPECT_EQ(refusal({{"tags", list({""})}}), "tags[0]: is an empty name; give a name or remove it");
  EXPECT_EQ(refusal({{"fields", map({{"x", ""}})}}), "fields.x: is an empty name; give a name or remove it");
  EXPECT_EQ(refusal({{"time", map({{"as", ""}})}}),
            "time.as: is empty; give a name, or leave the option out");
}

TEST(refused, is_a_key_that_two_things_would_have) {
  EXPECT_EQ(refusal({{"name", map({{"as", "time"}})}}),
            "name.as: the key 'time' is already that of the time; choose another name");
  EXPECT_EQ(refusal({{"time", map({{"as", "fields"}})}}),
            "time.as: the key 'fields' is already that of the fields; choose another name");
  EXPECT_EQ(refusal({{"layout", "flat"}, {"fields", map({{"time", "uptime"}})}}),
            "fields.time: the key 'time' is already that of the time; choose another name");
  EXPECT_EQ(refusal({{"layout", "flat"}, {"tags", list({"name"})}}),
            "tags[0]: the key 'name' is already that of the name; choose another name");
  EXPECT_EQ(refusal({{"layout", "flat"}, {"tags", list({"a"})}, {"fields", list({"b", "a"})}}),
            "fields[1]: the key 'a' is already that of a tag; choose another name");
}

TEST(refused, is_such_a_key_in_cbor_too) {
  EXPECT_EQ(refusal({{"type", "cbor"}, {"layout", "flat"}, {"tags", list({"name"})}}),
            "tags[0]: the key 'name' is already that of the name; choose another name");
}

TEST(accepted, is_the_same_key_where_it_stands_in_different_objects_or_alone) {
  EXPECT_EQ(refusal({{"tags", list({"a"})}, {"fields", list({"a", "time"})}}), "accepted");
  EXPECT_EQ(refusal({{"layout", "flat"}, {"time", "none"}, {"fields", list({"time"})}}), "accepted");
  EXPECT_EQ(refusal({{"layout", "flat"}, {"time", map({{"as", "fields"}})}}), "accepted");
  EXPECT_EQ(refusal({{"tags", "none"}, {"time", map({{"as", "tags"}})}}), "accepted");
}

TEST(refused, is_null_for_missing_fields_where_none_are_chosen) {
  EXPECT_EQ(refusal({{"missing", "empty"}}),
            "missing: needs chosen fields; list them under 'fields', or remove it");
}

TEST(refused, are_decimals_out_of_range) {
  EXPECT_EQ(refusal({{"decimals", 16}}), "decimals: must be from 0 to 15; this is 16");
  EXPECT_EQ(refusal({{"decimals", -1}}), "decimals: must be from 0 to 15; this is -1");
}

TEST(refused, is_an_option_of_another_type) {
  EXPECT_EQ(refusal({{"columns", list({"a"})}}), "columns: does not apply to the type 'ndjson'; remove it");
  EXPECT_EQ(refusal({{"array", "always"}}), "array: does not apply to the type 'ndjson'; remove it");
  for (const char* option : {"style", "not_a_number", "big_integers"}) {
    EXPECT_EQ(refusal({{"type", "cbor"}, {option, "text"}}),
              std::string{option} + ": does not apply to the type 'cbor'; remove it");
    EXPECT_EQ(refusal({{"type", "cbor-seq"}, {option, "text"}}),
              std::string{option} + ": does not apply to the type 'cbor-seq'; remove it");
  }
  EXPECT_EQ(refusal({{"type", "cbor-seq"}, {"array", "always"}}),
            "array: does not apply to the type 'cbor-seq'; remove it");
  EXPECT_EQ(refusal({{"type", "cbor"}, {"delimiter", "tab"}}),
            "delimiter: does not apply to the type 'cbor'; remove it");
  EXPECT_EQ(refusal({{"type", "csv"}, {"fields", list({"a"})}}),
            "fields: does not apply to the type 'csv'; remove it");
  EXPECT_EQ(refusal({{"type", "line-protocol"}, {"name", "none"}}),
            "name: does not apply to the type 'line-protocol'; remove it");
}

TEST(refused, are_columns_that_cannot_be_filled) {
  EXPECT_EQ(refusal({{"type", "csv"}, {"columns", map({})}}),
            "columns: is empty; list the columns, such as [time, name, usage], or remove it");
  EXPECT_EQ(refusal({{"type", "csv"}, {"time", "none"}, {"columns", list({"v", "time"})}}),
            "columns[1]: is the time, which 'time: none' leaves out; remove one of the two");
}

TEST(refused, is_a_time_that_line_protocol_has_no_place_for) {
  EXPECT_EQ(
      refusal({{"type", "line-protocol"}, {"time", map({{"format", "rfc3339"}})}}),
      "time.format: must be epoch_ns, epoch_us, epoch_ms or epoch_s in line protocol; this is 'rfc3339'");
  EXPECT_EQ(refusal({{"type", "line-protocol"}, {"time", map({{"as", "ts"}})}}),
            "time.as: has no meaning in line protocol, where the time has no name; remove it");
}

TEST(a_refusal, names_the_option_relative_to_the_encoding_wherever_that_stands) {
  const option_map sink{{"encoding", map({{"decimals", 99}})}};
  try {
    make_encoder(sink.options()["encoding"]);
    FAIL();
  } catch (const error& thrown) {
    EXPECT_EQ(thrown.option(), "decimals");
  }
}

}  // namespace
}  // namespace tidegate::codec
