#include "join_processor.hpp"

#include <algorithm>

namespace tidegate::join {

namespace {

std::uint64_t distance(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::uint64_t>(std::max(a, b)) - static_cast<std::uint64_t>(std::min(a, b));
}

std::vector<std::string> different_texts(const options& given) {
  auto all = given.strings();
  for (std::uint32_t index = 0; index < all.size(); ++index) {
    const auto path = given.path() + "[" + std::to_string(index) + "]";
    if (all[index].empty()) throw configuration_error(path, "is empty");
    if (std::find(all.begin(), all.begin() + index, all[index]) != all.begin() + index)
      throw configuration_error(path, "names '" + all[index] + "' a second time; remove it");
  }
  return all;
}

}  // namespace

join_processor::join_processor(processor_host host, const options& given)
    : host_{host},
      inputs_{different_texts(given["inputs"])},
      name_{given["name"].string()},
      by_{different_texts(given["by"])},
      tolerance_{static_cast<std::uint64_t>(given["tolerance"].integer())},
      timeout_{given["timeout"].integer()},
      sends_incomplete_{given["incomplete"].text() == "send"},
      prefix_{given["prefix"].boolean()},
      groups_{static_cast<std::uint32_t>(given["max_series"].integer())},
      out_{host},
      joined_{host.counter("samples_joined_total", "Samples that were made of one of each input.")},
      incomplete_{
          host.counter("samples_incomplete_total", "Samples that lacked an input when the time was over.")},
      forgotten_{host.counter("series_forgotten_total",
                              "Groups that made room for others before they were complete.")} {
  if (name_.empty()) throw configuration_error("name", "is empty; a measurement needs a name");
}

void join_processor::begin(batch_view batch) {
  now_ = host_.now_monotonic();
  known_inputs_.assign(batch.series_count(), none - 1);
  known_keys_.resize(batch.series_count());
  out_.begin(batch);
}

// `none` for what passes: other measurements, and those that lack a tag.
std::uint32_t join_processor::input_of(const sample_view& sample) {
  auto& known = known_inputs_[sample.series_index()];
  if (known != none - 1) return known;
  const auto series = sample.series();
  const auto found = std::find(inputs_.begin(), inputs_.end(), series.name());
  if (found == inputs_.end()) return known = none;
  series::key_maker key;
  for (const auto& tag : by_) {
    const auto value = series.tag(tag);
    if (!value) return known = none;
    key.add(*value);
  }
  known_keys_[sample.series_index()] = key.key();
  return known = static_cast<std::uint32_t>(found - inputs_.begin());
}

bool join_processor::process(batch_view batch) {
  if (out_.resumes()) return false;
  begin(batch);
  if (std::none_of(batch.begin(), batch.end(),
                   [&](const sample_view& each) { return input_of(each) != none; }))
    return true;
  for (const auto sample : batch) {
    const auto input = input_of(sample);
    input == none ? out_.copy(sample) : take(sample, input);
  }
  set_timer();
  out_.send();
  return false;
}

join_processor::group& join_processor::group_of(const sample_view& sample) {
  auto [state, is_new] = groups_.at(known_keys_[sample.series_index()], [&](group& oldest) {
    give_up(oldest, oldest.all.size());
    forgotten_.add();
  });
  if (is_new)
    for (const auto& tag : by_) state.tags.emplace_back(*sample.series().tag(tag));
  return state;
}

// The one that is nearest in time and has nothing of the input yet.
join_processor::waiting& join_processor::partner_of(group& in, const sample_view& sample,
                                                    std::uint32_t input) {
  waiting* nearest = nullptr;
  for (auto& each : in.all) {
    const auto apart = distance(each.time, sample.time());
    if ((each.inputs >> input & 1) != 0 || apart > tolerance_) continue;
    if (nearest == nullptr || apart < distance(nearest->time, sample.time())) nearest = &each;
  }
  if (nearest != nullptr) return *nearest;
  if (in.all.size() == waiting_max) give_up(in, 1);
  auto& made = in.all.emplace_back();
  made.time = sample.time();
  made.since = now_;
  return made;
}

void join_processor::take(const sample_view& sample, std::uint32_t input) {
  auto& in = group_of(sample);
  auto& partner = partner_of(in, sample, input);
  add(partner, sample, input);
  if (partner.inputs != (std::uint64_t{1} << inputs_.size()) - 1) return;
  send(in, partner);
  joined_.add();
  in.all.erase(
      std::find_if(in.all.begin(), in.all.end(), [&](const waiting& each) { return &each == &partner; }));
}

void join_processor::add(waiting& to, const sample_view& sample, std::uint32_t input) {
  to.inputs |= 1u << input;
  for (const auto field : sample) {
    auto& made = to.fields.emplace_back();
    if (prefix_) made.name = inputs_[input] + "_";
    made.name += field.name;
    made.value = series::plain_value::of(field.value);
    made.text = made.value.text;
  }
}

void join_processor::give_up(group& of, std::size_t count) {
  for (; count != 0; --count) {
    incomplete_.add();
    if (sends_incomplete_) send(of, of.all.front());
    of.all.pop_front();
  }
}

// Of two fields with one name the one that came first counts.
void join_processor::send(const group& of, const waiting& what) {
  std::vector<tag_view> tags;
  for (std::size_t index = 0; index < by_.size(); ++index) tags.push_back({by_[index], of.tags[index]});
  {
    auto sample = out_.sample(out_.series(name_, tags), what.time);
    for (auto field = what.fields.begin(); field != what.fields.end(); ++field) {
      const auto is_same = [&](const waiting::field& other) { return other.name == field->name; };
      if (std::find_if(what.fields.begin(), field, is_same) != field) continue;
      auto value = field->value;
      value.text = field->text;
      value.put(sample, field->name);
    }
  }
  out_.send_much();
}

// Groups in which nothing waits are kept until they make room for others.
void join_processor::tick() {
  now_ = host_.now_monotonic();
  timer_.reset();
  out_.begin();
  groups_.oldest_first([&](const series::series_key&, group& each) {
    std::size_t over = 0;
    while (over < each.all.size() && now_ - each.all[over].since >= timeout_) ++over;
    give_up(each, over);
    return true;
  });
  while (groups_.size() != 0 && groups_.oldest().all.empty()) groups_.erase_oldest();
  const bool is_sent = out_.send_if_possible();
  set_timer();
  if (!is_sent) host_.set_timer(std::chrono::seconds{1});
}

void join_processor::set_timer() {
  if (timer_ || groups_.size() == 0) return;
  // A quarter late at most, so that a timer for each sample is not needed.
  timer_ = now_ + timeout_ / 4;
  host_.set_timer(std::chrono::nanoseconds{std::max<std::int64_t>(timeout_ / 4, 1'000'000)});
}

void join_processor::stop() {
  out_.begin();
  groups_.oldest_first([&](const series::series_key&, group& each) {
    give_up(each, each.all.size());
    return true;
  });
  groups_.clear();
  timer_.reset();
  if (!out_.send_if_possible())
    host_.warning("there is no memory for what still waited to be joined; it is lost");
}

}  // namespace tidegate::join
