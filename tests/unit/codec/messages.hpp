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
  return all;
}

}  // namespace tidegate::codec
