// Written without the wrapper that catches exceptions: its poll throws right at the host.
#include <stdexcept>

#include "tidegate/abi.h"

namespace {

tidegate_status create(const tidegate_host*, const tidegate_value*, void**, tidegate_error*) {
  return TIDEGATE_OK;
}
tidegate_status start(void*, tidegate_error*) { return TIDEGATE_OK; }
tidegate_status poll(void*, tidegate_error*) { throw std::runtime_error{"no, says the raw poll"}; }
void stop(void*) {}

constexpr tidegate_text text(const char* data, std::uint32_t length) { return {data, length}; }
constexpr tidegate_source source{sizeof source, 0, create, start, poll, nullptr, stop, stop, nullptr};
constexpr tidegate_component component{sizeof component,
                                       TIDEGATE_SOURCE,
                                       text("raw-throw-in-poll", 17),
                                       text("Throws raw.", 11),
                                       text("{\"properties\": {}}", 18),
                                       &source};
constexpr const tidegate_component* components[] = {&component};
constexpr tidegate_plugin plugin{
    sizeof plugin, TIDEGATE_ABI_MAJOR, TIDEGATE_ABI_MINOR, text("raw", 3), text("1.0.0", 5), 1, components};

}  // namespace

extern "C" __attribute__((visibility("default"))) const tidegate_plugin* tidegate_plugin_entry_v1(void) {
  return &plugin;
}
