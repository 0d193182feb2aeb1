#include "units.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace tidegate::modbus {
namespace {

table read_table(std::string_view name) {
  if (name == "coil") return table::coil;
  if (name == "discrete_input") return table::discrete_input;
  return name == "input_register" ? table::input_register : table::holding_register;
}

type read_type(std::string_view name) {
  constexpr std::string_view names[] = {"bool",  "int16",  "uint16",  "int32",   "uint32",
                                        "int64", "uint64", "float32", "float64", "text"};
  return static_cast<type>(std::find(std::begin(names), std::end(names), name) - std::begin(names));
}

byte_order read_order(std::string_view name) {
  if (name == "CDAB") return byte_order::cdab;
  if (name == "BADC") return byte_order::badc;
  return name == "DCBA" ? byte_order::dcba : byte_order::abcd;
}

std::optional<double> read_number(const options& of, std::string_view key) {
  if (!of.has(key)) return std::nullopt;
  const auto made = of[key].number();
  if (!std::isfinite(made)) throw configuration_error(of[key].path(), "must be a finite number");
  return made;
}

// What only the type and the table together can tell.
void check_meaning(const options& of, const point& made) {
  if (is_of_bits(made.table)) {
    if (made.how.type != type::boolean)
      throw configuration_error(of["type"].path(), "must be bool, or left out, since a " +
                                                       std::string{name_of(made.table)} + " is a single bit");
    if (made.how.bit)
      throw configuration_error(
          of["bit"].path(), "is for registers; a " + std::string{name_of(made.table)} + " is a single bit");
  }
  const bool is_number = made.how.type != type::boolean && made.how.type != type::text;
  for (const char* key : {"scale", "offset"})
    if (of.has(key) && !is_number) throw configuration_error(of[key].path(), "is for numbers; remove it");
  if (made.how.scale && *made.how.scale == 0)
    throw configuration_error(of["scale"].path(), "must not be 0, which makes everything 0");
}

void check_extent(const options& of, const point& made, const read_limits& limits) {
  if (made.end() > 65536)
    throw configuration_error(of["address"].path(), "is too high: it is " +
                                                        name_of(made.table, made.address, made.count) +
                                                        " that would be read, and the last address is 65535");
  if (!is_of_bits(made.table) && made.count > limits.registers_max)
    throw configuration_error(of[made.how.type == type::text ? "length" : "type"].path(),
                              "takes " + std::to_string(made.count) +
                                  " registers, more than max_registers, " +
                                  std::to_string(limits.registers_max) + ", lets be read at once");
}

point read_point(const options& of, byte_order order, const read_limits& limits) {
  point made;
  made.field = of["field"].string();
  if (made.field.empty()) throw configuration_error(of["field"].path(), "is empty; name the field");
  made.table = read_table(of["table"].text());
  made.address = static_cast<std::uint16_t>(of["address"].integer());
  made.how.type = of.has("type")           ? read_type(of["type"].text())
                  : is_of_bits(made.table) ? type::boolean
                                           : type::uint16;
  made.how.order = of.has("byte_order") ? read_order(of["byte_order"].text()) : order;
  if (of.has("bit")) made.how.bit = static_cast<unsigned>(of["bit"].integer());
  made.how.scale = read_number(of, "scale");
  made.how.offset = read_number(of, "offset");
  made.count = registers_of(made.how.type);
  if (made.how.type == type::text) {
    if (!of.has("length"))
      throw configuration_error(of.path() + ".length", "is missing; a text needs its length in registers");
    made.count = static_cast<std::uint16_t>(of["length"].integer());
  }
  check_meaning(of, made);
  check_extent(of, made, limits);
  return made;
}

series read_series(const options& of, std::string_view instance) {
  series made;
  made.name = of.has("name") ? of["name"].string() : std::string{instance};
  if (made.name.empty())
    throw configuration_error(of["name"].path(), "is empty; name the series or leave it out");
  std::map<std::string, std::string> tags{{"unit", std::to_string(of["unit"].integer())}};
  const auto given = of["tags"];
  for (std::uint32_t index = 0; index < given.size(); ++index)
    tags[std::string{given.key(index)}] = given[index].string();
  made.tags.assign(tags.begin(), tags.end());
  return made;
}

int read_unit_number(const options& of, const line_settings& line) {
  const auto number = of["unit"].integer();
  if (line.has_unit(number)) return static_cast<int>(number);
  throw configuration_error(
      of["unit"].path(),
      std::to_string(number) + (line.serial ? " must be 1 to 247 on a serial line"
                                            : " must be 0 to 247, or 255 for a device itself"));
}

// A point with its place in the configuration.
struct placed {
  const point* what;
  std::string path;
};

// Bits of a register, and a register read in two ways, are meant; half of another number is a slip.
bool is_slip(const point& a, const point& b) {
  if (a.table != b.table || a.address >= b.end() || b.address >= a.end()) return false;
  if (a.how.type == type::boolean || b.how.type == type::boolean) return false;
  return a.address != b.address || a.count != b.count;
}

// Sorted by address, those that overlap stand near each other.
void check_overlaps(std::vector<placed> all) {
  std::stable_sort(all.begin(), all.end(), [](const placed& a, const placed& b) {
    return std::tuple{a.what->table, a.what->address} < std::tuple{b.what->table, b.what->address};
  });
  for (std::size_t first = 0; first < all.size(); ++first)
    for (auto next = first + 1; next < all.size() && all[next].what->table == all[first].what->table &&
                                all[next].what->address < all[first].what->end();
         ++next)
      if (const auto& a = *all[first].what, &b = *all[next].what; is_slip(a, b))
        throw configuration_error(
            all[next].path + ".address",
            "'" + b.field + "' is " + name_of(b.table, b.address, b.count) + ", which overlaps '" + a.field +
                "', " + name_of(a.table, a.address, a.count) + "; correct an address or a type");
}

class unit_reader {
 public:
  unit_reader(std::string_view instance, const line_settings& line, const read_limits& limits)
      : instance_{instance}, line_{line}, limits_{limits} {}

  void read(const options& of) {
    auto& into = unit_of(read_unit_number(of, line_));
    into.series.push_back(read_series(of, instance_));
    const auto& series = into.series.back();
    const auto known = series_.emplace(std::pair{series.name, series.tags}, of.path());
    if (!known.second)
      throw configuration_error(of.path(),
                                "is the same series as " + known.first->second +
                                    "; give it a name or tags of its own, or one list of registers to both");
    read_registers(of, into);
  }

  std::vector<unit> take() {
    for (const auto& each : units_) check_overlaps_of(each);
    return std::move(units_);
  }

 private:
  unit& unit_of(int number) {
    for (auto& each : units_)
      if (each.number == number) return each;
    units_.push_back({number, {}, {}});
    return units_.back();
  }

  void read_registers(const options& of, unit& into) {
    const auto order = read_order(of["byte_order"].text());
    const auto registers = of["registers"];
    std::map<std::string, std::string> fields;
    for (std::uint32_t index = 0; index < registers.size(); ++index) {
      const auto each = registers[index];
      auto made = read_point(each, order, limits_);
      made.series = into.series.size() - 1;
      const auto known = fields.emplace(made.field, each.path());
      if (!known.second)
        throw configuration_error(
            each["field"].path(),
            "'" + made.field + "' is the name of " + known.first->second + " as well; a field has one value");
      into.points.push_back(std::move(made));
      paths_[into.number].push_back(each.path());
    }
  }

  void check_overlaps_of(const unit& of) {
    std::vector<placed> all;
    const auto& paths = paths_[of.number];
    for (std::size_t index = 0; index < of.points.size(); ++index)
      all.push_back({&of.points[index], paths[index]});
    check_overlaps(std::move(all));
  }

  std::string_view instance_;
  const line_settings& line_;
  const read_limits& limits_;
  std::vector<unit> units_;
  std::map<int, std::vector<std::string>> paths_;  // of the points of each unit
  std::map<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>, std::string> series_;
};

}  // namespace

std::string unit::name(std::string_view instance) const {
  std::string names;
  std::set<std::string_view> told{instance};
  for (const auto& each : series)
    if (told.insert(each.name).second) names += (names.empty() ? "" : ", ") + each.name;
  return "unit " + std::to_string(number) + (names.empty() ? "" : " (" + names + ")");
}

std::vector<unit> read_units(const options& units, std::string_view instance, const line_settings& line,
                             const read_limits& limits) {
  unit_reader reader{instance, line, limits};
  for (std::uint32_t index = 0; index < units.size(); ++index) reader.read(units[index]);
  return reader.take();
}

}  // namespace tidegate::modbus
