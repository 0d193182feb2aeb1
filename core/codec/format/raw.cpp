// The message itself is the one value.
#include "codec/format/formats.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

struct raw_settings {
  target to;
  bool is_bytes = false;
};

class raw_reader final : public frame_reader {
 public:
  raw_reader(const raw_settings& with, sample_maker& to) : settings_{with}, to_{to} {}

  void read(std::string_view frame, std::int64_t arrival) override {
    to_.begin(arrival);
    settings_.is_bytes ? to_.bytes(settings_.to, frame) : to_.text(settings_.to, frame);
    to_.finish(frame);
  }

 private:
  const raw_settings& settings_;
  sample_maker& to_;
};

class raw_plan final : public format_plan {
 public:
  raw_plan(const options& format, std::string_view default_name) : format_plan{format, default_name} {
    const auto as = text_or(format, "as", "string");
    settings_.is_bytes = as == "bytes";
    settings_.to = {.is = target::use::field, .name = text_or(format, "field", "value")};
    if (!settings_.is_bytes) settings_.to.wanted = type_by_name(as);
    if (settings_.to.name.empty()) throw configuration_error("field", "is empty; a field needs a name");
  }
  std::unique_ptr<frame_reader> open(sample_maker& to, fault_ledger&) const override {
    return std::make_unique<raw_reader>(settings_, to);
  }

 private:
  raw_settings settings_;
};

}  // namespace

std::unique_ptr<const format_plan> make_raw_format(const options& format, std::string_view default_name) {
  return std::make_unique<raw_plan>(format, default_name);
}

}  // namespace tidegate::codec
