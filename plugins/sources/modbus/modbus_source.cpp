#include "modbus_source.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "exceptions.hpp"

namespace tidegate::modbus {
namespace {

using namespace std::chrono_literals;

// How many troubles one message tells; the rest is counted.
constexpr std::size_t told_max = 6;

std::string text_of(std::chrono::nanoseconds span) {
  if (span < 10s) return std::to_string(span / 1ms) + " ms";
  return span < 10min ? std::to_string(span / 1s) + " s" : std::to_string(span / 1min) + " min";
}

read_limits read_read_limits(const options& given) {
  return {static_cast<std::uint16_t>(given["max_registers"].integer()),
          static_cast<std::uint16_t>(given["max_gap"].integer())};
}

back_off read_back_off(const options& retry) {
  const back_off made{retry["min"].duration(), retry["max"].duration()};
  if (made.min > made.max)
    throw configuration_error(retry["min"].path(),
                              "is " + text_of(made.min) + ", more than retry.max, " + text_of(made.max));
  return made;
}

}  // namespace

modbus_source::modbus_source(source_host host, const options& given)
    : host_{host},
      settings_{read_line(given)},
      attempts_{static_cast<int>(given["attempts"].integer())},
      opened_{host.counter("line_opened_total", "How often the port was opened, or a connection made.")},
      requests_{host.counter("requests_total", "Requests that were sent.")},
      timeouts_{host.counter("request_timeouts_total", "Requests that were not answered in time.")},
      garbled_{host.counter("garbled_answers_total", "Answers that could not be understood.")},
      exceptions_{host.counter("exception_answers_total", "Requests that were answered by an exception.")},
      away_{host.gauge("units_away", "Units that do not answer.")},
      line_{settings_, stop_} {
  const auto limits = read_read_limits(given);
  const auto delays = read_back_off(given["retry"]);
  for (auto& each : read_units(given["units"], host.instance_name(), settings_, limits))
    stations_.push_back(make_station(std::move(each), limits, delays));
}

modbus_source::station modbus_source::make_station(unit of, const read_limits& limits, back_off delays) {
  auto name = of.name(host_.instance_name());
  const auto points = of.points.size();
  station made{std::move(of),
               std::move(name),
               {},
               {},
               std::vector<value>(points),
               std::vector<std::string>(points),
               absence{delays},
               {}};
  for (const auto& each : made.of.series) {
    std::vector<tag_view> tags;
    for (const auto& [key, text] : each.tags) tags.push_back({key, text});
    made.series.push_back(builder_.series(each.name, tags));
  }
  for (auto& each : plan_reads(made.of.points, limits)) {
    std::vector<std::uint16_t> registers(each.count);
    made.requests.push_back({std::move(each), std::move(registers), false, {}});
  }
  return made;
}

// Opens the line only to say early if it is not there.
void modbus_source::start() {
  stop_.forget();
  is_news_ = true;
  tells_opening_ = true;
  try {
    open_line();
  } catch (const error& failed) {
    lose_line(failed.what());
  }
  tell_health();
}

void modbus_source::stop() { line_.close(); }

void modbus_source::poll() {
  try {
    if (!line_.is_open()) open_line();
    read_stations();
  } catch (const error& failed) {
    if (!stop_.is_given()) lose_line(failed.what());
  }
  if (host_.submit(builder_)) tell_health();
}

void modbus_source::lose_line(const std::string& why) {
  is_news_ |= line_trouble_ != why;
  line_trouble_ = why;
  tells_opening_ = true;
}

void modbus_source::open_line() {
  line_.open();
  opened_.add();
  // A connection that is made anew after an answer that did not come is nothing to tell.
  if (std::exchange(tells_opening_, false)) host_.info("opened " + line_.opened());
  is_news_ |= !line_trouble_.empty();
  line_trouble_.clear();
}

// Those that are away hold the others up by one request a poll at most. When one goes away, the next may have
// gone with it, and are not asked several times.
void modbus_source::read_stations() {
  auto* const probed = next_probe();
  bool is_lost = false;
  for (auto& each : stations_) {
    if (stop_.is_given()) return;
    const bool was_away = each.absence.is_away();
    if (was_away && &each != probed) continue;
    const bool is_there = read_station(each, was_away || is_lost ? 1 : attempts_);
    is_lost |= !is_there && !was_away;
    if (is_there && was_away)
      for (auto& other : stations_) other.absence.hurry(host_.now_monotonic());
  }
}

modbus_source::station* modbus_source::next_probe() {
  const auto now = host_.now_monotonic();
  station* found = nullptr;
  for (auto& each : stations_) {
    if (!each.absence.is_away() || !each.absence.is_due(now)) continue;
    if (found == nullptr || each.absence.due_at() < found->absence.due_at()) found = &each;
  }
  return found;
}

// False: it is away. What was read before it, or the line, went is kept.
bool modbus_source::read_station(station& of, int attempts) {
  std::int64_t time = 0;
  bool is_there = true;
  for (auto& each : of.requests) each.is_read = false;
  try {
    for (auto& each : of.requests) {
      if (!is_there || stop_.is_given()) break;
      is_there = read_request_of(of, each, attempts, time);
      if (is_there) attempts = attempts_;
    }
  } catch (const error&) {
    add_samples(of, time);
    throw;
  }
  add_samples(of, time);
  return is_there;
}

bool modbus_source::read_request_of(station& of, request& each, int attempts, std::int64_t& time) {
  const auto got = ask(of, each, attempts);
  switch (got.what) {
    case answer::kind::values:
      if (time == 0) time = host_.now_utc();
      each.is_read = true;
      set_refusal(each, {});
      break;
    case answer::kind::exception:
      if (says_that_the_unit_is_away(got.exception)) {
        set_trouble(of, " is away: " + text_of_exception(got.exception));
        return false;
      }
      set_refusal(each, text_of_exception(got.exception));
      break;
    case answer::kind::none:
      set_trouble(of, " does not answer within " + text_of(settings_.timeout));
      return false;
    case answer::kind::garbled:
      set_trouble(of, std::string{" gives an answer that cannot be used: "} + got.why);
      return false;
    case answer::kind::lost:
      if (line_.is_serial()) throw temporary(settings_.name() + " is gone");
      set_trouble(of, std::string{" is asked in vain: "} + got.why);
      return false;
    case answer::kind::stopped:
      return true;
  }
  set_answered(of);
  return true;
}

// Until there is an answer, or the attempts are used up. Throws tidegate::error (temporary) if the line
// cannot be opened, unless that may be the fault of this unit.
answer modbus_source::ask(const station& of, request& each, int attempts) {
  answer got;
  int failures = 0;
  while (failures < attempts && !stop_.is_given()) {
    const bool is_fresh = !line_.is_open();
    try {
      if (is_fresh) open_line();
    } catch (const error&) {
      if (failures == 0) throw;
      return got;
    }
    requests_.add();
    got = line_.ask(of.of.number, each.what, each.registers);
    if (got.what == answer::kind::none) timeouts_.add();
    if (got.what == answer::kind::garbled) garbled_.add();
    if (got.what == answer::kind::exception) exceptions_.add();
    const bool is_lost = got.what == answer::kind::lost;
    const bool is_final = got.what == answer::kind::values || got.what == answer::kind::exception ||
                          got.what == answer::kind::stopped || (is_lost && line_.is_serial());
    if (is_final) return got;
    // Peers close connections that were idle for a while; that is no failure of the unit.
    if (!is_lost || is_fresh) ++failures;
  }
  return got;
}

void modbus_source::take_values(station& of) {
  for (const auto& each : of.requests)
    for (const auto index : each.what.points) {
      const auto& point = of.of.points[index];
      of.values[index] = std::monostate{};
      if (!each.is_read) continue;
      const auto first = static_cast<std::size_t>(point.address - each.what.address);
      of.values[index] =
          value_of(point.how, std::span{each.registers}.subspan(first, point.count), of.rooms[index]);
    }
}

void modbus_source::add_samples(station& of, std::int64_t time) {
  take_values(of);
  for (std::size_t series = 0; series < of.series.size(); ++series) {
    const auto has_value = [&](std::size_t index) {
      return of.of.points[index].series == series &&
             !std::holds_alternative<std::monostate>(of.values[index]);
    };
    std::size_t index = 0;
    while (index < of.values.size() && !has_value(index)) ++index;
    if (index == of.values.size()) continue;
    auto sample = builder_.sample(of.series[series], time);
    for (; index < of.values.size(); ++index)
      if (has_value(index))
        std::visit(
            [&](const auto& held) {
              if constexpr (!std::is_same_v<std::decay_t<decltype(held)>, std::monostate>)
                sample.field(of.of.points[index].field, held);
            },
            of.values[index]);
  }
}

// ---- what is told --------------------------------------------------------------------------------

void modbus_source::set_trouble(station& of, const std::string& why) {
  of.absence.failed(host_.now_monotonic());
  auto told = of.name + why;
  is_news_ |= told != of.trouble;
  of.trouble = std::move(told);
}

void modbus_source::set_refusal(request& of, std::string why) {
  is_news_ |= why != of.refusal;
  of.refusal = std::move(why);
}

void modbus_source::set_answered(station& of) {
  if (!of.absence.is_away()) return;
  host_.info(of.name + " answers again, after " + text_of(of.absence.lasted(host_.now_monotonic())));
  of.absence.answered();
  of.trouble.clear();
  is_news_ = true;
}

void modbus_source::tell_health() {
  if (!std::exchange(is_news_, false)) return;
  const auto away = std::count_if(stations_.begin(), stations_.end(),
                                  [](const station& each) { return each.absence.is_away(); });
  away_.set(static_cast<double>(away));
  if (!line_trouble_.empty()) return host_.away(line_trouble_);
  std::string all;
  std::size_t count = 0;
  const auto add = [&](const std::string& trouble) {
    if (++count <= told_max) all += (all.empty() ? "" : "; ") + trouble;
  };
  for (const auto& each : stations_)
    if (each.absence.is_away())
      add(each.trouble);
    else
      for (const auto& asked : each.requests)
        if (!asked.refusal.empty()) add(each.name + " refuses " + asked.what.name() + ": " + asked.refusal);
  if (count > told_max) all += "; and " + std::to_string(count - told_max) + " more";
  if (count == 0) return host_.running();
  static_cast<std::size_t>(away) == stations_.size() ? host_.away(all) : host_.degraded(all);
}

}  // namespace tidegate::modbus
