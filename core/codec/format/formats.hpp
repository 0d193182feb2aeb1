// The single formats, for make_format().
#pragma once

#include "codec/format/format.hpp"

namespace tidegate::codec {

std::unique_ptr<const format_plan> make_json_format(const options& format, std::string_view default_name);
std::unique_ptr<const format_plan> make_csv_format(const options& format, std::string_view default_name);
std::unique_ptr<const format_plan> make_regex_format(const options& format, std::string_view default_name);
std::unique_ptr<const format_plan> make_key_value_format(const options& format,
                                                         std::string_view default_name);
std::unique_ptr<const format_plan> make_nmea_format(const options& format, std::string_view default_name);
std::unique_ptr<const format_plan> make_binary_format(const options& format, std::string_view default_name);
std::unique_ptr<const format_plan> make_raw_format(const options& format, std::string_view default_name);

}  // namespace tidegate::codec
