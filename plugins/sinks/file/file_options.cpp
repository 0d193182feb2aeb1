#include "file_options.hpp"

#include <optional>
#include <string>

namespace tidegate::file_sink {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "HH:MM" as seconds of the day.
int time_of_day(const options& given) {
  const auto text = given.text();
  const bool shaped = text.size() == 5 && is_digit(text[0]) && is_digit(text[1]) && text[2] == ':' &&
                      is_digit(text[3]) && is_digit(text[4]);
  if (shaped) {
    const auto hour = (text[0] - '0') * 10 + (text[1] - '0');
    const auto minute = (text[3] - '0') * 10 + (text[4] - '0');
    if (hour < 24 && minute < 60) return (hour * 60 + minute) * 60;
  }
  throw configuration_error(
      given.path(), "'" + std::string{text} + "' is no time of day; write it as \"00:00\" to \"23:59\"");
}

// "0640" as a number.
mode_t file_mode(const options& given) {
  const auto text = given.text();
  mode_t mode = 0;
  bool octal = text.size() == 3 || (text.size() == 4 && text[0] == '0');
  for (const char c : text) {
    octal = octal && c >= '0' && c <= '7';
    mode = mode * 8 + static_cast<mode_t>(c - '0');
  }
  if (!octal)
    throw configuration_error(
        given.path(), "'" + std::string{text} + "' is no mode of a file; write it in octal, as \"0640\"");
  if ((mode & 0600) != 0600)
    throw configuration_error(
        given.path(),
        "'" + std::string{text} + "' does not let the owner read and write; use \"0600\" or more");
  return mode;
}

std::optional<std::uint64_t> count(const options& of, const char* name) {
  if (!of.has(name)) return std::nullopt;
  return static_cast<std::uint64_t>(of[name].integer());
}
std::optional<std::chrono::nanoseconds> duration(const options& of, const char* name) {
  if (!of.has(name)) return std::nullopt;
  return of[name].duration();
}

compression compression_named(std::string_view name) {
  if (name == "gzip") return compression::gzip;
  return name == "zstd" ? compression::zstd : compression::none;
}

rotation_limits read_rotation(const options& given, zone in) {
  rotation_limits limits;
  limits.in = in;
  limits.max_size = count(given, "max_size");
  limits.max_age = duration(given, "max_age");
  if (given.has("at")) limits.at = time_of_day(given["at"]);
  return limits;
}

retention_limits read_retention(const options& given) {
  return {count(given, "max_files"), duration(given, "max_age"), count(given, "max_total_size")};
}

}  // namespace

file_options read_options(const options& given) {
  const auto in = given["zone"].text() == "local" ? zone::local : zone::utc;
  file_options read{path_pattern{given["path"].text(), in}, {}, {}, {}, {}, {}, {}};
  read.acknowledge_after_fsync = given["acknowledge"].text() == "fsync";
  if (given.has("fsync_interval")) read.fsync_interval = given["fsync_interval"].duration();
  read.file.mode = file_mode(given["mode"]);
  read.file.durable = read.acknowledge_after_fsync;
  if (given.has("rotation")) read.rotation = read_rotation(given["rotation"], in);
  if (given.has("retention")) read.retention = read_retention(given["retention"]);
  read.compress = compression_named(given["compress"].text());
  return read;
}

}  // namespace tidegate::file_sink
