// A stream of each format, some of it with noise, as the tests of all formats read it.
#pragma once

#include <string>
#include <vector>

#include "tidegate/testing.hpp"

namespace tidegate::codec {

struct message {
  std::string what;
  testing::option_map options;
  std::string bytes;
};

inline std::vector<message> messages() {
  using namespace std::string_literals;
  using testing::list;
  using testing::map;
  std::vector<message> all;
  all.push_back({"json",
                 {{"format", map({{"type", "json"}, {"tags", list({"site"})}})}},
                 "{\"t\":21.5,\"site\":\"a\",\"deep\":{\"n\":[1,2]}}\r\n{\"t\":bad}\n{\"s\":\"\\u20ac\\\"\","
                 "\"t\":3}\n{\"t\":4}"});
  all.push_back({"csv",
                 {{"format", map({{"type", "csv"}, {"columns", list({"t:f64", "on:bool", "s"})}})}},
                 "t,on,s\n1.5,true,\"a,b\"\n2,x,c\n3\n4,false,\n5,1,e"});
  all.push_back({"csv, between markers",
                 {{"framing", map({{"type", "markers"}, {"start", "<"}, {"end", ">"}})},
                  {"format", map({{"type", "csv"}, {"columns", list({"a:i64", "b"})}})}},
                 "noise<1,2>\r\n<3,4>noise<5,6<7,8><9>"});
  all.push_back({"regex",
                 {{"format", map({{"type", "regex"}, {"pattern", "T=(?P<t>[-0-9.]+)( (?P<unit>C|F))?"}})}},
                 "boot\nT=21.5 C\nnow T=-3\n\xFF\xFE\nT=4"});
  all.push_back(
      {"key-value",
       {{"framing", map({{"type", "line"}, {"delimiter", "||"}})}, {"format", map({{"type", "key-value"}})}},
       "t=21.5 s=\"a b\"||hello||||t = 3|x=4||u=5"});
  all.push_back({"nmea",
                 {{"format", map({{"type", "nmea"}})}},
                 "\x80\xFF$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
                 "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n$GPGGA,1$GPVTG,054."
                 "7,T,034.4,M,"
                 "005.5,N,010.2,K*48\r\n$GPVTG,054.7,T,034.4,M,005.6,N,010.2,K*48\r\n"
                 "$GPGSV,2,1,08,01,40,083,46,02,17,308,41,12,07,344,39,14,22,228,45*75\r\n"});
  all.push_back(
      {"binary, with start and checksum",
       {{"framing",
         map({{"type", "fixed"}, {"length", 6}, {"start", "0xaa"}, {"checksum", map({{"type", "sum8"}})}})},
        {"format",
         map({{"type", "binary"},
              {"layout", list({map({{"name", "a"}, {"offset", 1}, {"type", "u16"}}),
                               map({{"name", "b"}, {"offset", 3}, {"type", "i16"}, {"scale", 0.5}})})}})}},
       "\1\2\xAA\0\1\0\2\xAD\xAA\0\1\0\3\xAD\xAA\1\0\xFF\xFF\xA9\7"s});
  all.push_back(
      {"binary, with a length and a CRC",
       {{"framing", map({{"type", "length-prefixed"},
                         {"length_bytes", 1},
                         {"trailer_bytes", 2},
                         {"checksum", map({{"type", "crc16-modbus"}})}})},
        {"format", map({{"type", "binary"},
                        {"layout", list({map({{"name", "s"}, {"type", "string"}, {"length", 9}})})}})}},
       "\x09"
       "123456789\x37\x4B\x09"
       "123456780\x37\x4B"s});
  all.push_back({"raw, in SLIP",
                 {{"framing", map({{"type", "slip"}})}, {"format", map({{"type", "raw"}, {"as", "bytes"}})}},
                 "\xC0"
                 "ab\xC0\xC0x\xDB\xDCy\xC0\xDBz\xC0"s});
  all.push_back({"raw, in COBS",
                 {{"framing", map({{"type", "cobs"}})}, {"format", map({{"type", "raw"}, {"as", "bytes"}})}},
                 "\3ab\0\1\1\0\2a\2b\0\5x\0"s});
  return all;
}

}  // namespace tidegate::codec
