// What becomes of a value in the data: a field, a tag, the time, the name of the series, or nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "codec/format/time_reader.hpp"
#include "tidegate/batch.hpp"
#include "tidegate/options.hpp"

namespace tidegate::codec {

// What one value of the data is for.
struct target {
  enum class use { ignored, field, tag, time, name };

  use is = use::ignored;
  std::string name = {};             // of the field or tag
  std::optional<type> wanted = {};   // of the field; if not given, what it looks like
  std::optional<double> scale = {};  // what its number is multiplied with
};

// The options `time`, `name`, `tags`, `fields`, `types` and `scale` of a format. Immutable; any thread.
class mapping {
 public:
  // Throws tidegate::error (configuration) with a path relative to `format`. `default_name` is that of the
  // series when the options give none.
  mapping(const options& format, std::string_view default_name);

  // By what the value is called in the data.
  target of(std::string_view value) const;
  // The same for one whose type is declared elsewhere, as in `columns`.
  target of(std::string_view value, std::optional<type> wanted) const;

  const std::string& name() const noexcept { return name_; }
  // How the time is written, where some value is the time.
  const time_reader& time() const noexcept { return time_; }
  // Throws if an option names a value that the data cannot have: `known` says so.
  template <class Known>
  void check_sources(Known known) const {
    for (const auto& [source, entry] : by_source_)
      if (!known(source))
        throw configuration_error(entry.path, "names '" + source + "', which is no value of this format");
  }

 private:
  struct chosen {
    target to;
    std::string path;  // of the option that says so
  };

  void read_time(const options& format);
  void read_name(const options& format);
  void read_chosen(const options& format, std::string_view key, target::use use);
  void read_types(const options& format);
  void read_scale(const options& format);
  void check_field(const options& at, std::string_view field) const;
  void add(const std::string& source, target to, const std::string& path);
  target field(std::string_view name) const;

  std::string name_;
  time_reader time_{"rfc3339", time_reader::zone::utc};
  bool takes_all_ = true;
  std::unordered_map<std::string, chosen> by_source_;
  std::unordered_map<std::string, type> types_;    // by field
  std::unordered_map<std::string, double> scale_;  // by field
};

// "f64", "bool", ...; nothing if it is none of them.
std::optional<type> type_by_name(std::string_view name) noexcept;
std::string_view name_of(type of) noexcept;
constexpr std::string_view type_names = "f64, i64, u64, bool, string";

}  // namespace tidegate::codec
