#include "memory_source.hpp"

namespace tidegate::memory {

namespace {

template <class Value>
void add(batch_builder::sample_builder& to, std::string_view name, const std::optional<Value>& value) {
  if (value) to.field(name, *value);
}

void add(batch_builder::sample_builder& to, const meminfo& memory, const usage& derived) {
  add(to, "total", memory.total);
  add(to, "available", derived.available);
  add(to, "used", derived.used);
  add(to, "free", memory.free);
  add(to, "buffers", memory.buffers);
  add(to, "cached", derived.cached);
  add(to, "used_percent", derived.used_percent);
  add(to, "shared", memory.shared);
  add(to, "slab", memory.slab);
  add(to, "swap_total", memory.swap_total);
  add(to, "swap_used", derived.swap_used);
  add(to, "swap_free", memory.swap_free);
  add(to, "swap_used_percent", derived.swap_used_percent);
}

void add(batch_builder::sample_builder& to, const pressure& of) {
  if (of.some)
    to.field("pressure_some_avg10", of.some->of_10_seconds)
        .field("pressure_some_avg60", of.some->of_60_seconds)
        .field("pressure_some_avg300", of.some->of_300_seconds);
  if (of.full)
    to.field("pressure_full_avg10", of.full->of_10_seconds)
        .field("pressure_full_avg60", of.full->of_60_seconds)
        .field("pressure_full_avg300", of.full->of_300_seconds);
}

}  // namespace

memory_source::memory_source(source_host host, const options& options)
    : host_{host},
      wants_pressure_{options["pressure"].boolean()},
      meminfo_{options["proc_path"].string() + "/meminfo"},
      pressure_{options["proc_path"].string() + "/pressure/memory"},
      series_{builder_.series("memory")} {}

// Only to say early what is wrong.
void memory_source::start() { read_meminfo(); }

void memory_source::poll() {
  const auto memory = read_meminfo();
  const auto time = host_.now_utc();
  const auto waiting = wants_pressure_ ? read_pressure() : pressure{};
  {
    auto sample = builder_.sample(series_, time);
    add(sample, memory, derive(memory));
    add(sample, waiting);
  }
  host_.submit(builder_);
}

void memory_source::stop() {
  meminfo_.close();
  pressure_.close();
}

meminfo memory_source::read_meminfo() {
  const auto text = meminfo_.read(buffer_);
  if (!text) throw temporary(meminfo_.problem() + "; proc_path must name a mounted proc file system");
  const auto memory = parse_meminfo(*text);
  if (!memory.total || *memory.total == 0)
    throw temporary(
        meminfo_.path() +
        " has no line 'MemTotal' with an amount above 0 kB; proc_path must name a proc file system of Linux");
  if (!memory.available && !said_no_available_) {
    said_no_available_ = true;
    host_.info(meminfo_.path() +
               " has no line 'MemAvailable', as before Linux 3.14; available is left out, and used_percent "
               "counts used");
  }
  return memory;
}

pressure memory_source::read_pressure() {
  const auto text = pressure_.read(buffer_);
  const auto waiting = text ? parse_pressure(*text) : pressure{};
  if (!waiting.some && !said_no_pressure_) {
    said_no_pressure_ = true;
    host_.debug((text ? pressure_.path() + " is not understood" : pressure_.problem()) +
                "; memory pressure is left out");
  }
  return waiting;
}

}  // namespace tidegate::memory
