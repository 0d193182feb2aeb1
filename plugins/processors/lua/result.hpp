// What the script made of a sample: nothing, one, or several.
#pragma once

#include <cstdint>
#include <lua.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "series/outlet.hpp"
#include "series/plain_value.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::lua {

// One thread at a time; memory is kept. The texts are Lua's, and those of the sample that came in: valid
// until the stack changes.
class result {
 public:
  // A text, a name or a value, must not fill a batch alone.
  static constexpr std::size_t sample_bytes_max = std::size_t{1} << 20;

  // Of what lies at `index`, which is no table that was left unchanged. Fails as Lua does, naming what is
  // wrong. Within interpreter::protect().
  void read(lua_State* state, int index, const sample_view& from);

  bool empty() const noexcept { return samples_.empty(); }
  // Of names and values, roughly.
  std::size_t bytes() const noexcept { return bytes_; }
  void put(series::outlet& out) const;

 private:
  struct field {
    std::string_view name;
    series::plain_value value;
  };
  struct made {
    std::int64_t time;
    std::string_view name;
    std::size_t first_tag, tags, first_field, fields;
  };
  void read_sample(lua_State* state, int index, const sample_view& from);
  void read_tags(lua_State* state, int table);
  void read_fields(lua_State* state, int table, const sample_view& from);
  void add_field(std::string_view name, const series::plain_value& value);

  std::vector<made> samples_;
  std::vector<tag_view> tags_;
  std::vector<field> fields_;
  std::size_t bytes_ = 0;
};

}  // namespace tidegate::lua
