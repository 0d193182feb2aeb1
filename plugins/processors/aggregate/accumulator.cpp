#include "accumulator.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tidegate::aggregate {

using series::plain_value;

namespace {

double real(std::uint64_t word) noexcept { return std::bit_cast<double>(word); }
std::uint64_t word(double number) noexcept { return std::bit_cast<std::uint64_t>(number); }
std::int64_t signed_of(std::uint64_t word) noexcept { return static_cast<std::int64_t>(word); }

bool is_text(const plain_value& value) noexcept {
  return value.type == type::string || value.type == type::bytes;
}

double number_of(const plain_value& value) noexcept {
  return *field_value{nullptr, value.type, value.slot}.number();
}

std::uint64_t count_in(std::uint64_t first_word) noexcept { return first_word >> 32; }

// A counter that is less than it was has begun again from zero.
double step(double from, double to) noexcept { return std::max(to >= from ? to - from : to, 0.0); }

double seconds(std::int64_t from, std::int64_t to) noexcept {
  return (static_cast<double>(to) - static_cast<double>(from)) / 1e9;
}

// Words of a counter.
enum { first_time, first_value, last_time, last_value, increase_between };

}  // namespace

std::uint64_t* accumulator::words_of(pane& in, std::uint32_t field) const {
  for (std::size_t at = 0; at < in.words.size(); at += f_.size)
    if (static_cast<std::uint32_t>(in.words[at]) == field) return in.words.data() + at;
  const auto at = in.words.size();
  in.words.reserve(at + f_.size);
  in.words.resize(at + f_.size);
  in.words[at] = field;
  return in.words.data() + at;
}

extra& accumulator::extra_of(pane& in, std::uint64_t* words) const {
  if (words[f_.extra] == 0) {
    in.extras.push_back(std::make_unique<extra>());
    words[f_.extra] = in.extras.size();
  }
  return *in.extras[words[f_.extra] - 1];
}

const extra* accumulator::extra_of(const pane& in, const std::uint64_t* words) const {
  return words[f_.extra] == 0 ? nullptr : in.extras[words[f_.extra] - 1].get();
}

void accumulator::set_point(pane& in, std::uint64_t* words, std::uint32_t at, std::int64_t time,
                            const plain_value& value) const {
  words[at] = static_cast<std::uint64_t>(time);
  words[at + 1] = value.slot;
  words[at + 2] = static_cast<std::uint64_t>(value.type);
  if (!is_text(value)) return;
  auto& beside = extra_of(in, words);
  (at == f_.first ? beside.first_text : beside.last_text) = value.text;
}

plain_value accumulator::point(const pane& in, const std::uint64_t* words, std::uint32_t at) const {
  plain_value value{static_cast<type>(words[at + 2]), words[at + 1], {}};
  if (is_text(value)) {
    const auto* beside = extra_of(in, words);
    value.text = at == f_.first ? beside->first_text : beside->last_text;
  }
  return value;
}

// Of two at the same time the first one is first, and the last one last.
void accumulator::add(pane& to, std::uint32_t field, std::int64_t time, const plain_value& value) const {
  auto* words = words_of(to, field);
  const bool is_only = count_in(words[0]) == 0;
  words[0] += std::uint64_t{1} << 32;
  if (f_.first != 0 && (is_only || time < signed_of(words[f_.first])))
    set_point(to, words, f_.first, time, value);
  if (f_.last != 0 && (is_only || time >= signed_of(words[f_.last])))
    set_point(to, words, f_.last, time, value);
  if (is_text(value)) return;
  const auto number = number_of(value);
  add_number(words, time, number);
  if (f_.has_percentiles) extra_of(to, words).values.add(number);
}

void accumulator::add_number(std::uint64_t* words, std::int64_t time, double number) const {
  const auto count = ++words[1];
  if (f_.sum != 0) words[f_.sum] = word(real(words[f_.sum]) + number);
  if (f_.moments != 0) {
    // Welford: sums of squares would lose what differs behind what is common.
    const auto mean = real(words[f_.moments]);
    const auto moved = mean + (number - mean) / static_cast<double>(count);
    words[f_.moments] = word(moved);
    words[f_.moments + 1] = word(real(words[f_.moments + 1]) + (number - mean) * (number - moved));
  }
  if (f_.min != 0) words[f_.min] = count == 1 ? word(number) : word(std::min(real(words[f_.min]), number));
  if (f_.max != 0) words[f_.max] = count == 1 ? word(number) : word(std::max(real(words[f_.max]), number));
  if (f_.counter == 0) return;
  auto* counter = words + f_.counter;
  if (count != 1) return add_to_counter(counter, time, number);
  counter[first_time] = counter[last_time] = static_cast<std::uint64_t>(time);
  counter[first_value] = counter[last_value] = word(number);
}

// What lies between two that were counted is in their difference already.
void accumulator::add_to_counter(std::uint64_t* counter, std::int64_t time, double number) const {
  auto increase = real(counter[increase_between]);
  if (time >= signed_of(counter[last_time])) {
    increase += step(real(counter[last_value]), number);
    counter[last_time] = static_cast<std::uint64_t>(time);
    counter[last_value] = word(number);
  } else if (time < signed_of(counter[first_time])) {
    increase += step(number, real(counter[first_value]));
    counter[first_time] = static_cast<std::uint64_t>(time);
    counter[first_value] = word(number);
  }
  counter[increase_between] = word(increase);
}

void accumulator::merge(pane& to, const pane& later) const {
  each_field(later, [&](std::uint32_t field, const std::uint64_t* from) {
    auto* words = words_of(to, field);
    const bool is_only = count_in(words[0]) == 0;
    words[0] += count_in(from[0]) << 32;
    if (f_.first != 0 && is_only)
      set_point(to, words, f_.first, signed_of(from[f_.first]), point(later, from, f_.first));
    if (f_.last != 0) set_point(to, words, f_.last, signed_of(from[f_.last]), point(later, from, f_.last));
    if (from[1] == 0) return;
    merge_numbers(words, from);
    if (f_.has_percentiles) extra_of(to, words).values.add(extra_of(later, from)->values);
  });
}

void accumulator::merge_numbers(std::uint64_t* to, const std::uint64_t* later) const {
  const auto before = static_cast<double>(to[1]);
  const auto more = static_cast<double>(later[1]);
  const bool is_only = to[1] == 0;
  to[1] += later[1];
  if (f_.sum != 0) to[f_.sum] = word(real(to[f_.sum]) + real(later[f_.sum]));
  if (f_.moments != 0) {
    const auto distance = real(later[f_.moments]) - real(to[f_.moments]);
    to[f_.moments] = word(real(to[f_.moments]) + distance * more / (before + more));
    to[f_.moments + 1] = word(real(to[f_.moments + 1]) + real(later[f_.moments + 1]) +
                              distance * distance * before * more / (before + more));
  }
  if (f_.min != 0)
    to[f_.min] = is_only ? later[f_.min] : word(std::min(real(to[f_.min]), real(later[f_.min])));
  if (f_.max != 0)
    to[f_.max] = is_only ? later[f_.max] : word(std::max(real(to[f_.max]), real(later[f_.max])));
  if (f_.counter == 0) return;
  auto* counter = to + f_.counter;
  const auto* next = later + f_.counter;
  if (is_only) {
    std::copy(next, next + 5, counter);
    return;
  }
  counter[increase_between] =
      word(real(counter[increase_between]) + step(real(counter[last_value]), real(next[first_value])) +
           real(next[increase_between]));
  counter[last_time] = next[last_time];
  counter[last_value] = next[last_value];
}

std::optional<carried> accumulator::last_of_counter(const std::uint64_t* words) const {
  if (f_.counter == 0 || words[1] == 0) return std::nullopt;
  const auto* counter = words + f_.counter;
  return carried{static_cast<std::uint32_t>(words[0]), signed_of(counter[last_time]),
                 real(counter[last_value])};
}

std::optional<plain_value> accumulator::of_counter(const std::uint64_t* words, const function& wanted,
                                                   const carried* before) const {
  const auto* counter = words + f_.counter;
  const auto from = before != nullptr ? before->time : signed_of(counter[first_time]);
  const auto passed = seconds(from, signed_of(counter[last_time]));
  if (!(passed > 0)) return std::nullopt;
  auto increase = real(counter[increase_between]);
  if (before != nullptr) increase += step(before->value, real(counter[first_value]));
  return plain_value::of(wanted.what == kind::rate ? increase / passed : increase);
}

std::optional<plain_value> accumulator::result(const pane& of, const std::uint64_t* words,
                                               const function& wanted, const carried* before) const {
  if (wanted.what == kind::count) return plain_value::of(count_in(words[0]));
  if (wanted.what == kind::first) return point(of, words, f_.first);
  if (wanted.what == kind::last) return point(of, words, f_.last);
  const auto count = static_cast<double>(words[1]);
  if (words[1] == 0) return std::nullopt;
  switch (wanted.what) {
    case kind::sum:
      return plain_value::of(real(words[f_.sum]));
    case kind::mean:
      return plain_value::of(real(words[f_.sum]) / count);
    case kind::min:
      return plain_value::of(real(words[f_.min]));
    case kind::max:
      return plain_value::of(real(words[f_.max]));
    case kind::stddev:
      if (words[1] < 2) return std::nullopt;
      return plain_value::of(std::sqrt(real(words[f_.moments + 1]) / (count - 1)));
    case kind::percentile:
      return plain_value::of(std::clamp(extra_of(of, words)->values.at(wanted.fraction), real(words[f_.min]),
                                        real(words[f_.max])));
    default:
      return of_counter(words, wanted, before);
  }
}

}  // namespace tidegate::aggregate
