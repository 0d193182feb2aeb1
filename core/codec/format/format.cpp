#include "codec/format/format.hpp"

#include "codec/format/formats.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {

std::unique_ptr<const format_plan> make_format(const options& format, std::string_view default_name) {
  const options root{format.raw()};
  const auto type = text_or(root, "type", "");
  if (type == "json") return make_json_format(root, default_name);
  if (type == "csv") return make_csv_format(root, default_name);
  if (type == "regex") return make_regex_format(root, default_name);
  if (type == "key-value") return make_key_value_format(root, default_name);
  if (type == "nmea") return make_nmea_format(root, default_name);
  if (type == "binary") return make_binary_format(root, default_name);
  if (type == "raw") return make_raw_format(root, default_name);
  throw configuration_error(
      "type", "must be one of json, csv, regex, key-value, nmea, binary, raw; this is '" + type + "'");
}

}  // namespace tidegate::codec
