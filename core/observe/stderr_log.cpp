#include "observe/stderr_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <string>

namespace tidegate::observe {

static spdlog::level::level_enum to_spdlog(level of) {
  switch (of) {
    case level::trace:
      return spdlog::level::trace;
    case level::debug:
      return spdlog::level::debug;
    case level::info:
      return spdlog::level::info;
    case level::warning:
      return spdlog::level::warn;
    case level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// What would break a line, or a JSON string, becomes harmless.
static void append_escaped(std::string& out, std::string_view text, log::format as) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += ' ';
    } else {
      if (as == log::format::json && (c == '"' || c == '\\')) out += '\\';
      out += c;
    }
  }
}

stderr_log::stderr_log(level threshold, format as) : threshold_{threshold}, format_{as} {
  out_ = std::make_unique<spdlog::logger>("tidegate", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  out_->set_level(to_spdlog(threshold));
  out_->flush_on(spdlog::level::trace);
  // UTC, so that lines of gateways in different places sort.
  const char* pattern = as == format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                           : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
  out_->set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
}

stderr_log::~stderr_log() = default;

void stderr_log::write(level of, std::string_view who, std::string_view line) {
  if (of < threshold_) return;
  std::string text;
  text.reserve(who.size() + line.size() + 32);
  if (format_ == format::json) {
    text += "\"who\":\"";
    append_escaped(text, who, format_);
    text += "\",\"message\":\"";
    append_escaped(text, line, format_);
    text += '"';
  } else {
    append_escaped(text, who, format_);
    if (!who.empty()) text += ": ";
    append_escaped(text, line, format_);
  }
  out_->log(to_spdlog(of), text);
}

}  // namespace tidegate::observe
