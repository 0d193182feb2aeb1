#include "cpu_source.hpp"

#include <algorithm>

namespace tidegate::cpu {

namespace {

constexpr std::array<std::string_view, column_count> column_names{
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"};

std::optional<double> mean(const std::vector<std::optional<double>>& values) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& value : values) {
    sum += value.value_or(0);
    count += value.has_value();
  }
  return count == 0 ? std::nullopt : std::optional{sum / static_cast<double>(count)};
}

}  // namespace

template <class Line>
void cpu_source::say_once(bool& said, std::uint32_t level, Line line) {
  if (!said) host_.log(level, line());
  said = true;
}

cpu_source::cpu_source(source_host host, const options& options)
    : host_{host},
      wants_total_{options["total"].boolean()},
      wants_cores_{options["per_core"].boolean()},
      wants_frequency_{options["frequency"].boolean()},
      stat_{options["proc_path"].string() + "/stat"},
      loadavg_{options["proc_path"].string() + "/loadavg"},
      frequencies_{options["sys_path"].string(), options["proc_path"].string()},
      total_{0, builder_.series("cpu", {{"cpu", "total"}}), {}},
      resets_{host.counter("counter_resets_total",
                           "Readings left out because the counters of a CPU ran backwards.")},
      unreadable_{host.counter("unreadable_lines_total",
                               "Lines of CPUs in the kernel's text that were not understood.")} {
  if (!wants_total_ && !wants_cores_)
    throw configuration_error(
        "per_core",
        "total and per_core are both false, so there is nothing to read; set one of them to true");
}

void cpu_source::start() {
  read_stat();
  total_.before = reading_.total;
  follow_cpus();
  for (const auto& cpu : reading_.cpus)
    if (wants_cores_) track(cpu.number).before = cpu.times;
}

void cpu_source::poll() {
  read_stat();
  const auto time = host_.now_utc();
  follow_cpus();
  static const std::vector<std::optional<double>> none;
  const auto& megahertz = wants_frequency_ ? frequencies_.read(reading_.cpus, buffer_) : none;
  if (wants_total_) add_sample(total_, reading_.total, time, mean(megahertz), read_load());
  if (wants_cores_)
    for (std::size_t index = 0; index < reading_.cpus.size(); ++index)
      add_sample(track(reading_.cpus[index].number), reading_.cpus[index].times, time,
                 wants_frequency_ ? megahertz[index] : std::nullopt, std::nullopt);
  host_.submit(builder_);
}

void cpu_source::stop() {
  stat_.close();
  loadavg_.close();
  frequencies_.close();
}

void cpu_source::read_stat() {
  const auto text = stat_.read(buffer_);
  if (!text) throw temporary(stat_.problem() + "; proc_path must name a mounted proc file system");
  parse_stat(*text, reading_);
  if (reading_.unreadable != 0) {
    unreadable_.add(reading_.unreadable);
    say_once(said_unreadable_, TIDEGATE_LOG_WARNING, [&] {
      return stat_.path() + ": " + std::to_string(reading_.unreadable) +
             " lines of CPUs are not understood; these CPUs are left out";
    });
  }
  if (wants_total_ && reading_.total.columns == 0)
    throw temporary(stat_.path() + " has no line 'cpu' with at least " + std::to_string(columns_min) +
                    " counters; proc_path must name a proc file system of Linux");
  if (wants_cores_ && reading_.cpus.empty())
    throw temporary(stat_.path() +
                    " has no line of a single CPU ('cpu0'); set per_core to false and total to true");
}

// A CPU that is off now must not be compared with what it was before, when it comes back.
void cpu_source::follow_cpus() {
  if (!wants_cores_) return;
  for (auto& core : cores_) core.is_on = false;
  for (const auto& cpu : reading_.cpus) track(cpu.number).is_on = true;
  for (auto& core : cores_)
    if (!core.is_on) core.before = {};
}

cpu_source::tracked& cpu_source::track(std::uint32_t number) {
  const auto at =
      std::lower_bound(cores_.begin(), cores_.end(), number,
                       [](const tracked& core, std::uint32_t wanted) { return core.number < wanted; });
  if (at != cores_.end() && at->number == number) return *at;
  const auto name = "cpu" + std::to_string(number);
  return *cores_.insert(at, {number, builder_.series("cpu", {{"cpu", name}}), {}});
}

void cpu_source::add_sample(tracked& of, const cpu_times& now, std::int64_t time,
                            std::optional<double> megahertz, const std::optional<load_averages>& load) {
  cpu_shares shares;
  const auto compared = compare(of.before, now, shares);
  of.before = now;
  if (compared == comparison::ran_backwards) {
    resets_.add();
    say_once(said_reset_, TIDEGATE_LOG_WARNING, [&] {
      return stat_.path() +
             ": the counters of a CPU ran backwards; its samples of such intervals are left out";
    });
  }
  if (compared != comparison::good) return;
  auto sample = builder_.sample(of.series, time);
  sample.field("usage", shares.usage);
  for (std::uint32_t column = 0; column < shares.columns; ++column)
    sample.field(column_names[column], shares.share[column]);
  if (megahertz) sample.field("frequency", *megahertz);
  if (!load) return;
  sample.field("load1", load->of_1_minute)
      .field("load5", load->of_5_minutes)
      .field("load15", load->of_15_minutes);
}

std::optional<load_averages> cpu_source::read_load() {
  const auto text = loadavg_.read(buffer_);
  const auto load = text ? parse_loadavg(*text) : std::nullopt;
  if (!load)
    say_once(said_no_load_, TIDEGATE_LOG_DEBUG, [&] {
      return (text ? loadavg_.path() + " is not understood" : loadavg_.problem()) +
             "; load averages are left out";
    });
  return load;
}

}  // namespace tidegate::cpu
