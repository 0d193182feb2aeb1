// CSV: a line is a sample, whose values stand in columns that the configuration names.
#include <algorithm>

#include "codec/format/formats.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

constexpr std::string_view unwanted = "-";

struct column {
  std::string name;
  target to;
};

struct csv_settings {
  std::vector<column> columns;
  char delimiter = ',';
  std::string comment;
};

class csv_reader final : public frame_reader {
 public:
  csv_reader(const csv_settings& with, sample_maker& to, fault_ledger& faults)
      : settings_{with}, to_{to}, faults_{faults}, cells_(with.columns.size()) {}

  void read(std::string_view frame, std::int64_t arrival) override {
    if (!settings_.comment.empty() && frame.starts_with(settings_.comment)) return;
    if (const char* const wrong = split(frame)) return faults_.add(fault::syntax, wrong, frame);
    if (is_heads()) return;
    to_.begin(arrival);
    for (std::size_t index = 0; index < cells_.size(); ++index)
      to_.text(settings_.columns[index].to, cells_[index]);
    to_.finish(frame);
  }

 private:
  // What is wrong with the line, or null.
  const char* split(std::string_view line) {
    std::size_t count = 0;
    // Cells lie in here until the sample is complete, so that it must not grow meanwhile.
    unquoted_.clear();
    unquoted_.reserve(line.size());
    for (;;) {
      if (count == cells_.size()) return "it has more cells than there are columns";
      auto& cell = cells_[count++];
      if (line.starts_with('"')) {
        if (!quoted(line, cell)) return "a quote has no end, or something follows it";
      } else {
        cell = line.substr(0, line.find(settings_.delimiter));
        line.remove_prefix(cell.size());
      }
      if (line.empty()) break;
      line.remove_prefix(1);
    }
    return count == cells_.size() ? nullptr : "it has fewer cells than there are columns";
  }

  // A cell in quotes, in which two of them are one.
  bool quoted(std::string_view& line, std::string_view& cell) {
    const auto start = unquoted_.size();
    line.remove_prefix(1);
    for (;;) {
      const auto quote = line.find('"');
      if (quote == line.npos) return false;
      unquoted_ += line.substr(0, quote);
      line.remove_prefix(quote + 1);
      if (!line.starts_with('"')) break;
      unquoted_ += '"';
      line.remove_prefix(1);
    }
    cell = std::string_view{unquoted_}.substr(start);
    return line.empty() || line.front() == settings_.delimiter;
  }

  // A line that is the names of the columns, as files begin with, and devices after each reset.
  // What stands over a column that is not wanted, nobody has said.
  bool is_heads() const {
    bool has_head = false;
    for (std::size_t index = 0; index < cells_.size(); ++index) {
      const auto& head = settings_.columns[index].name;
      if (head == unwanted) continue;
      if (without_spaces(cells_[index]) != head) return false;
      has_head = true;
    }
    return has_head;
  }
  static std::string_view without_spaces(std::string_view cell) {
    while (cell.starts_with(' ')) cell.remove_prefix(1);
    while (cell.ends_with(' ')) cell.remove_suffix(1);
    return cell;
  }

  const csv_settings& settings_;
  sample_maker& to_;
  fault_ledger& faults_;
  std::vector<std::string_view> cells_;  // one a column
  std::string unquoted_;
};

class csv_plan final : public format_plan {
 public:
  csv_plan(const options& format, std::string_view default_name) : format_plan{format, default_name} {
    const auto delimiter = text_or(format, "delimiter", "comma");
    settings_.delimiter = delimiter == "semicolon" ? ';'
                          : delimiter == "tab"     ? '\t'
                          : delimiter == "space"   ? ' '
                                                   : ',';
    settings_.comment = text_or(format, "comment", "");
    if (!format.has("columns") || format["columns"].size() == 0)
      throw configuration_error("columns",
                                "is missing; name what stands in a line: [temperature:f64, valve:bool]");
    const auto columns = format["columns"];
    if (columns.size() > sample_maker::fields_max)
      throw configuration_error("columns", "has more than 1024 entries");
    for (std::uint32_t index = 0; index < columns.size(); ++index) add(columns[index]);
    mapping_.check_sources([&](std::string_view name) { return has(name); });
  }
  std::unique_ptr<frame_reader> open(sample_maker& to, fault_ledger& faults) const override {
    return std::make_unique<csv_reader>(settings_, to, faults);
  }

 private:
  bool has(std::string_view name) const {
    return std::any_of(settings_.columns.begin(), settings_.columns.end(),
                       [&](const column& each) { return each.name == name; });
  }

  // "temperature", "temperature:f64"; "-" for one that is not wanted.
  void add(const options& entry) {
    const auto written = entry.string();
    const auto colon = written.rfind(':');
    auto name = written.substr(0, colon);
    std::optional<type> wanted;
    if (colon != written.npos) {
      wanted = type_by_name(std::string_view{written}.substr(colon + 1));
      if (!wanted)
        throw configuration_error(entry.path(), "ends in ':" + written.substr(colon + 1) +
                                                    "', which is no type; types are " +
                                                    std::string{type_names});
    }
    if (name.empty())
      throw configuration_error(entry.path(), "has no name; write - for a column to leave out");
    const bool is_wanted = name != unwanted;
    if (is_wanted && has(name))
      throw configuration_error(entry.path(), "names '" + name + "' a second time; names must differ");
    auto to = is_wanted ? mapping_.of(name, wanted) : target{};
    settings_.columns.push_back({std::move(name), std::move(to)});
  }

  csv_settings settings_;
};

}  // namespace

std::unique_ptr<const format_plan> make_csv_format(const options& format, std::string_view default_name) {
  return std::make_unique<csv_plan>(format, default_name);
}

}  // namespace tidegate::codec
