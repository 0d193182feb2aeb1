#include "generate_source.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

namespace tidegate::generate {

namespace {

constexpr std::chrono::seconds retry_delay{1};
constexpr std::uint64_t always_known_max = 16;
constexpr std::uint64_t batch_values_max = 4'000'000;  // 32 MB of the 64 that a batch may have
constexpr std::size_t batch_text_max = 4'000'000;      // bytes

signal_kind kind_of(std::string_view name) {
  if (name == "noise") return signal_kind::noise;
  if (name == "counter") return signal_kind::counter;
  return signal_kind::sine;
}

template <class Number>
Number number(const options& of) {
  return static_cast<Number>(of.integer());
}

std::string text_of(std::size_t size) {
  std::string made;
  while (made.size() < size) made += "the quick brown fox jumps over the lazy dog ";
  made.resize(size);
  return made;
}

std::uint32_t make_shape(batch_builder& builder, std::uint32_t fields, bool has_text) {
  std::vector<std::string> names;
  for (std::uint32_t field = 1; field <= fields; ++field) names.push_back("value" + std::to_string(field));
  std::vector<shape_view::column> columns{{"sequence", type::u64}};
  for (const auto& name : names) columns.push_back({name, type::f64});
  if (has_text) columns.push_back({"text", type::string});
  return builder.shape(columns);
}

}  // namespace

generate_source::generate_source(source_host host, const options& options)
    : host_{host},
      rate_{options["rate"].number()},
      count_{number<std::uint64_t>(options["count"])},
      series_count_{number<std::uint32_t>(options["series"])},
      fields_{number<std::uint32_t>(options["fields"])},
      text_{text_of(number<std::size_t>(options["text_size"]))},
      batch_samples_{number<std::uint32_t>(options["batch_samples"])},
      signal_{{kind_of(options["signal"].text()), number<std::uint64_t>(options["seed"]),
               number<std::uint32_t>(options["period"]), fields_}},
      name_{options["name"].string()},
      values_(fields_) {
  if (name_.empty()) throw configuration_error("name", "is empty; a measurement needs a name");
  const auto batch_values = std::uint64_t{batch_samples_} * (fields_ + 1);
  if (batch_values > batch_values_max)
    throw configuration_error("batch_samples", std::to_string(batch_samples_) + " samples of " +
                                                   std::to_string(fields_) +
                                                   " fields do not fit one batch; use at most " +
                                                   std::to_string(batch_values_max / (fields_ + 1)));
  if (!text_.empty())
    batch_samples_ = std::min(batch_samples_, static_cast<std::uint32_t>(batch_text_max / text_.size()));
}

void generate_source::start() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = false;
  }
  pacer_.reset();
  if (rate_ > 0) pacer_.emplace(rate_, host_.now_monotonic());
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (const std::system_error& failed) {
    throw temporary(std::string{"cannot start a thread: "} + failed.what());
  }
}

void generate_source::request_stop() noexcept {
  const std::lock_guard lock{mutex_};
  is_stopping_ = true;
  wake_.notify_all();
}

void generate_source::stop() {
  request_stop();
  if (thread_.joinable()) thread_.join();
}

// Nothing may leave a thread. What can pass by itself is tried again, with the same samples.
void generate_source::run() noexcept {
  for (bool goes_on = true; goes_on;) {
    try {
      send_all();
      goes_on = false;
    } catch (const error& failed) {
      const bool may_pass = failed.status() == TIDEGATE_ERROR_TEMPORARY;
      host_.log(may_pass ? TIDEGATE_LOG_WARNING : TIDEGATE_LOG_ERROR, failed.what());
      goes_on = may_pass && wait(retry_delay);
    } catch (const std::exception& failed) {
      host_.log(TIDEGATE_LOG_ERROR, failed.what());
      goes_on = false;
    }
  }
}

void generate_source::send_all() {
  while (!is_done()) {
    const auto ready = samples_now();
    if (ready != 0 && !send(ready)) return;
    if (!wait(ready == 0 ? pacer_->delay(host_.now_monotonic()) : std::chrono::nanoseconds{0})) return;
  }
  host_.info("all " + std::to_string(count_) + " samples were sent");
}

// How many samples the next batch gets; 0: none is due.
std::uint64_t generate_source::samples_now() {
  std::uint64_t ready = batch_samples_;
  if (count_ != 0) ready = std::min(ready, count_ - sequence_);
  return pacer_ ? std::min(ready, pacer_->due(host_.now_monotonic())) : ready;
}

// False when the instance is being stopped; the samples were not taken then, and their numbers are used
// again.
bool generate_source::send(std::uint64_t count) {
  const auto now = host_.now_utc();
  const auto offset = pacer_ ? now - host_.now_monotonic() : 0;
  prepare_series(count);
  for (std::uint64_t index = 0; index < count; ++index) {
    // With a rate a sample bears the time at which it was due; without one, times that differ.
    const auto time =
        pacer_ ? pacer_->due_time(index) + offset : now - static_cast<std::int64_t>(count - 1 - index);
    add_row(sequence_ + index, time);
  }
  if (!host_.submit(builder_)) return false;
  sequence_ += count;
  if (pacer_) pacer_->take(count);
  return true;
}

// A batch carries the names of all series that the builder knows. So of many, each batch has its own only.
void generate_source::prepare_series(std::uint64_t count) {
  const bool wants_all = series_count_ <= std::max(count, always_known_max);
  if (wants_all && knows_all_series_) return builder_.clear_samples();
  builder_.clear();
  shape_ = make_shape(builder_, fields_, !text_.empty());
  knows_all_series_ = wants_all;
  for (std::uint32_t number = 0; wants_all && number < series_count_; ++number) make_series(number);
}

std::uint32_t generate_source::make_series(std::uint32_t number) {
  return builder_.series(name_, {{"series", std::to_string(number)}});
}

void generate_source::add_row(std::uint64_t sequence, std::int64_t time) {
  const auto series = static_cast<std::uint32_t>(sequence % series_count_);
  signal_.values(series, sequence / series_count_, values_);
  auto row = builder_.row(knows_all_series_ ? series : make_series(series), shape_, time);
  row.set(0, sequence);
  for (std::uint32_t field = 0; field < fields_; ++field) row.set(field + 1, values_[field]);
  if (!text_.empty()) row.set(fields_ + 1, std::string_view{text_});
}

// False when the instance is being stopped.
bool generate_source::wait(std::chrono::nanoseconds delay) {
  std::unique_lock lock{mutex_};
  const auto stops = [this] { return is_stopping_; };
  return delay.count() <= 0 ? !is_stopping_ : !wake_.wait_for(lock, delay, stops);
}

}  // namespace tidegate::generate
