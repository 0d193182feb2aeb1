// The host as a component written in C++ sees it: light handles around tidegate_host, to be copied freely.
// They are valid until the component is destroyed, from any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidegate/abi.h"
#include "tidegate/batch_builder.hpp"
#include "tidegate/error.hpp"
#include "tidegate/options.hpp"

namespace tidegate {

// A counter or a gauge; does nothing where the host has no metrics.
class metric {
 public:
  metric() = default;
  metric(const tidegate_metrics* table, void* handle) noexcept : table_{table}, handle_{handle} {}
  void add(double amount = 1) const noexcept {
    if (handle_) table_->add(handle_, amount);
  }
  void set(double value) const noexcept {
    if (handle_) table_->set(handle_, value);
  }

 private:
  const tidegate_metrics* table_ = nullptr;
  void* handle_ = nullptr;
};

class component_host {
 public:
  explicit component_host(const tidegate_host* host) noexcept : host_{host} {}

  std::string_view instance_name() const noexcept { return view(host_->instance_name); }
  // What the gateway is called; empty where the host does not say.
  std::string_view gateway_id() const noexcept {
    const auto* table = extension<tidegate_gateway>(TIDEGATE_GATEWAY);
    return table ? view(table->id(host_)) : std::string_view{};
  }

  void log(std::uint32_t level, std::string_view line) const noexcept {
    host_->log(host_, level, text(line));
  }
  bool logs(std::uint32_t level) const noexcept { return level >= host_->log_level(host_); }
  void debug(std::string_view line) const noexcept { log(TIDEGATE_LOG_DEBUG, line); }
  void info(std::string_view line) const noexcept { log(TIDEGATE_LOG_INFO, line); }
  void warning(std::string_view line) const noexcept { log(TIDEGATE_LOG_WARNING, line); }

  // UTC nanoseconds since 1970, and a clock that never jumps.
  std::int64_t now_utc() const noexcept { return host_->now_utc(host_); }
  std::int64_t now_monotonic() const noexcept { return host_->now_monotonic(host_); }

  metric counter(std::string_view name, std::string_view help) const noexcept {
    return make_metric(TIDEGATE_COUNTER, name, help);
  }
  metric gauge(std::string_view name, std::string_view help) const noexcept {
    return make_metric(TIDEGATE_GAUGE, name, help);
  }

  // What was stored under the key, or nothing. Throws tidegate::error.
  std::string load_state(std::string_view key) const {
    const auto& state = need<tidegate_state>(TIDEGATE_STATE);
    std::string value(256, '\0');
    for (;;) {
      std::uint32_t length = 0;
      check([&](tidegate_error* error) {
        return state.load(host_, text(key), value.data(), static_cast<std::uint32_t>(value.size()), &length,
                          error);
      });
      const bool complete = length <= value.size();
      value.resize(length);
      if (complete) return value;
    }
  }
  void store_state(std::string_view key, std::string_view value) const {
    const auto& state = need<tidegate_state>(TIDEGATE_STATE);
    check([&](tidegate_error* error) {
      return state.store(host_, text(key), value.data(), static_cast<std::uint32_t>(value.size()), error);
    });
  }

  template <class Table>
  const Table* extension(std::string_view name) const noexcept {
    return static_cast<const Table*>(host_->extension(host_, text(name)));
  }
  const tidegate_host* raw() const noexcept { return host_; }

 protected:
  template <class Table>
  const Table& need(std::string_view name) const {
    const auto* table = extension<Table>(name);
    if (table == nullptr) throw permanent("this host has no extension " + std::string{name});
    return *table;
  }
  template <class Call>
  static void check(Call call) {
    tidegate_error said{};
    said.size = sizeof said;
    const auto status = call(&said);
    if (status != TIDEGATE_OK) throw error(status, said.text, said.option);
  }
  metric make_metric(std::uint32_t kind, std::string_view name, std::string_view help) const noexcept {
    const auto* table = extension<tidegate_metrics>(TIDEGATE_METRICS);
    return table ? metric{table, table->metric(host_, kind, text(name), text(help))} : metric{};
  }

  const tidegate_host* host_;
};

// Hands batches on: what a source and a processor have in common.
class batch_host : public component_host {
 public:
  using component_host::component_host;

  // Sends the builder's samples, if any, and clears them (series and shapes are kept). Waits while a
  // pipeline is full that is configured to block; never for a lossy source. False: the instance is being
  // stopped, and the samples were not taken. Throws tidegate::error.
  bool submit(batch_builder& builder) const {
    return builder.empty() ||
           send(builder, [this](void* block) { return host_->batch_submit(host_, block); });
  }

 protected:
  template <class Submit>
  bool send(batch_builder& builder, Submit submit) const {
    void* block = host_->batch_allocate(host_, builder.bytes());
    if (block == nullptr) throw temporary("the host has no memory for a batch");
    builder.write_to(block);
    builder.clear_samples();
    return was_taken(submit(block));
  }
  static bool was_taken(tidegate_status status) {
    if (status == TIDEGATE_OK) return true;
    if (status == TIDEGATE_STOPPING) return false;
    throw bug("the host refused a batch");
  }
};

class source_host : public batch_host {
 public:
  using batch_host::batch_host;
  using batch_host::submit;

  // The same for a block that was made elsewhere, as by decoder::stream; null is none.
  bool submit(void* block) const { return block == nullptr || was_taken(host_->batch_submit(host_, block)); }
  bool submit(void* block, std::uint64_t mark) const {
    return was_taken(need<tidegate_flow>(TIDEGATE_FLOW).submit(host_, block, mark, 0));
  }
  bool submit_part(void* block, std::uint64_t mark) const {
    const auto& flow = need<tidegate_flow>(TIDEGATE_FLOW);
    return block == nullptr || was_taken(flow.submit(host_, block, mark, TIDEGATE_MARK_CONTINUES));
  }

  // For replayable sources: the same, with a mark that comes back by acknowledge() when the samples are safe.
  // Without samples the mark is acknowledged all the same.
  bool submit(batch_builder& builder, std::uint64_t mark) const { return submit_marked(builder, mark, 0); }
  // A part of what bears the mark: it is not acknowledged before submit(), with the last part, came too.
  bool submit_part(batch_builder& builder, std::uint64_t mark) const {
    return builder.empty() || submit_marked(builder, mark, TIDEGATE_MARK_CONTINUES);
  }

  // How a source that works by threads of its own is; what is the same again costs little. Does nothing where
  // the host does not listen.
  void running() const noexcept { report(TIDEGATE_HEALTH_RUNNING, {}); }
  void degraded(std::string_view why) const noexcept { report(TIDEGATE_HEALTH_DEGRADED, why); }
  void away(std::string_view why) const noexcept { report(TIDEGATE_HEALTH_AWAY, why); }

  // How many bytes (batch_builder::bytes) the fullest pipeline has room for. What is submitted beyond that
  // waits, or makes a pipeline discard samples.
  std::uint64_t credit() const noexcept {
    const auto* flow = extension<tidegate_flow>(TIDEGATE_FLOW);
    return flow ? flow->credit(host_) : UINT64_MAX;
  }

 private:
  void report(std::uint32_t health, std::string_view why) const noexcept {
    const auto* table = extension<tidegate_health>(TIDEGATE_HEALTH);
    if (table != nullptr) table->report(host_, health, text(why));
  }
  bool submit_marked(batch_builder& builder, std::uint64_t mark, std::uint32_t flags) const {
    const auto& flow = need<tidegate_flow>(TIDEGATE_FLOW);
    const auto submit = [&](void* block) { return flow.submit(host_, block, mark, flags); };
    return builder.empty() ? was_taken(submit(nullptr)) : send(builder, submit);
  }
};

class processor_host : public batch_host {
 public:
  using batch_host::batch_host;
  void set_timer(std::chrono::nanoseconds delay) const noexcept { host_->set_timer(host_, delay.count()); }
};

namespace detail {

// The delivery whose write() is under way on this thread: an exception that leaves write is its answer, so
// that the reason is not lost behind "gave no answer".
struct write_under_way {
  std::uint64_t token;
  int exceptions;
};
inline thread_local const write_under_way* current_write = nullptr;

}  // namespace detail

// A delivery that is to be answered, once. Destroyed without an answer it says *retry*. Movable; may be
// answered from any thread.
class delivery {
 public:
  delivery(const tidegate_host* host, const tidegate_delivery& raw) noexcept : host_{host}, raw_{&raw} {}
  delivery(delivery&& other) noexcept : host_{other.host_}, raw_{std::exchange(other.raw_, nullptr)} {}
  delivery& operator=(delivery&& other) noexcept {
    if (this != &other) {
      abandon();
      host_ = other.host_;
      raw_ = std::exchange(other.raw_, nullptr);
    }
    return *this;
  }
  ~delivery() { abandon(); }

  std::span<const tidegate_slice> slices() const noexcept { return {raw_->slices, raw_->slice_count}; }
  std::uint32_t size() const noexcept { return raw_->sample_count; }
  std::uint32_t attempt() const noexcept { return raw_->attempt; }
  bool answered() const noexcept { return raw_ == nullptr; }
  const tidegate_delivery& raw() const noexcept { return *raw_; }

  // Calls visit(sample_view) for each sample in order.
  template <class Visitor>
  void for_each(Visitor visit) const {
    for (const auto& slice : slices()) {
      const batch_view batch{slice.block};
      for (std::uint32_t index = 0; index < slice.count; ++index) visit(batch[slice.first + index]);
    }
  }

  void delivered() noexcept { answer(TIDEGATE_DELIVERED, 0, {}, {}); }
  // `after` zero leaves the delay to the host's back-off.
  void retry(std::string_view reason, std::chrono::nanoseconds after = {}) noexcept {
    answer(TIDEGATE_RETRY, after.count(), {}, reason);
  }
  // The samples at these ascending indices will never be taken, all others were; none listed: the
  // delivery was refused as a whole.
  void rejected(std::string_view reason, std::span<const std::uint32_t> indices = {}) noexcept {
    answer(TIDEGATE_REJECTED, 0, indices, reason);
  }
  // It may have arrived.
  void ambiguous(std::string_view reason) noexcept { answer(TIDEGATE_AMBIGUOUS, 0, {}, reason); }

  // Leaves the answer to someone who keeps the token.
  std::uint64_t release() noexcept { return std::exchange(raw_, nullptr)->token; }

 private:
  void abandon() noexcept {
    if (raw_ == nullptr) return;
    const auto* write = detail::current_write;
    if (write != nullptr && write->token == raw_->token && std::uncaught_exceptions() > write->exceptions) {
      raw_ = nullptr;
      return;
    }
    retry("the plugin gave no answer");
  }
  void answer(std::uint32_t kind, std::int64_t after, std::span<const std::uint32_t> indices,
              std::string_view reason) noexcept {
    const auto* raw = std::exchange(raw_, nullptr);
    if (raw == nullptr) return;
    tidegate_outcome outcome{};
    outcome.size = sizeof outcome;
    outcome.kind = kind;
    outcome.retry_after = after;
    outcome.rejected = indices.data();
    outcome.rejected_count = static_cast<std::uint32_t>(indices.size());
    outcome.reason = text(reason);
    host_->complete(host_, raw->token, &outcome);
  }
  const tidegate_host* host_;
  const tidegate_delivery* raw_;
};

// One of the host's encodings, made from an option whose schema is {"$ref": "tidegate:encoding"}.
class encoder {
 public:
  // Throws tidegate::error, with the path of the option that is wrong.
  encoder(const component_host& host, const options& encoding) {
    table_ = host.extension<tidegate_encode>(TIDEGATE_ENCODE);
    if (table_ == nullptr) throw permanent("this host has no encodings");
    tidegate_error said{};
    said.size = sizeof said;
    const auto status = table_->create(host.raw(), &encoding.raw(), &handle_, &said);
    if (status == TIDEGATE_OK) return;
    auto option = encoding.path();
    if (said.option[0] != '\0') option += (option.empty() ? "" : ".") + std::string{said.option};
    throw error(status, said.text, option);
  }
  encoder(encoder&& other) noexcept : table_{other.table_}, handle_{std::exchange(other.handle_, nullptr)} {}
  encoder& operator=(encoder&&) = delete;
  ~encoder() {
    if (handle_ != nullptr) table_->destroy(handle_);
  }

  // One payload of `count` samples from index `first` on; valid until the next call. Throws
  // tidegate::error.
  std::string_view encode(const delivery& samples, std::uint32_t first, std::uint32_t count) {
    return encode(samples.raw(), first, count);
  }
  // The same of a selection: any slices of deliveries that are not answered yet, in any order.
  std::string_view encode(const tidegate_delivery& samples, std::uint32_t first, std::uint32_t count) {
    tidegate_error said{};
    said.size = sizeof said;
    tidegate_text payload{};
    const auto status = table_->encode(handle_, &samples, first, count, &payload, &said);
    if (status != TIDEGATE_OK) throw error(status, said.text);
    return view(payload);
  }
  std::string_view encode(const delivery& samples) { return encode(samples, 0, samples.size()); }
  std::string_view content_type() const noexcept { return view(table_->content_type(handle_)); }
  std::string_view file_extension() const noexcept { return view(table_->file_extension(handle_)); }
  std::string_view preamble() noexcept { return view(table_->preamble(handle_)); }
  // Whether payloads are lines of text, which may be ended with a newline and shown on a terminal.
  bool is_text() const noexcept {
    for (const std::string_view binary :
         {"application/cbor", "application/octet-stream", "application/msgpack", "application/x-protobuf",
          "application/protobuf"})
      if (content_type().substr(0, binary.size()) == binary) return false;
    return true;
  }

 private:
  const tidegate_encode* table_ = nullptr;
  void* handle_ = nullptr;
};

// The host's framings and formats, made from two options whose schemas are {"$ref": "tidegate:framing"} and
// {"$ref": "tidegate:format"}. Make it in the constructor, where options are; a stream for each port, file or
// connection when it is opened:
//
//   decoder_{host, options["framing"], options["format"]}
//   auto stream = decoder_.open();
//   stream.feed(bytes, host_.now_utc(), [&](void* block) { return host_.submit(block); });
//
// May be used from any thread, and moved while no stream is open. Each stream by one thread at a time.
class decoder {
 public:
  class stream;

  // Throws tidegate::error, with the path of the option that is wrong.
  decoder(const component_host& host, const options& framing, const options& format) {
    table_ = host.extension<tidegate_decode>(TIDEGATE_DECODE);
    if (table_ == nullptr) throw permanent("this host has no formats");
    tidegate_error said{};
    said.size = sizeof said;
    const auto status = table_->create(host.raw(), &framing.raw(), &format.raw(), &handle_, &said);
    if (status == TIDEGATE_OK) return;
    std::string option = said.option;
    const auto dot = std::min(option.find('.'), option.size());
    const auto& at = option.substr(0, dot) == "framing" ? framing : format;
    throw error(status, said.text, option.empty() ? option : at.path() + option.substr(dot));
  }
  decoder(decoder&& other) noexcept : table_{other.table_}, handle_{std::exchange(other.handle_, nullptr)} {}
  decoder& operator=(decoder&&) = delete;
  ~decoder() {
    if (handle_ != nullptr) table_->destroy(handle_);
  }

  // `tags` are on all samples of the stream. Throws tidegate::error.
  stream open(std::span<const tag_view> tags = {});

 private:
  const tidegate_decode* table_ = nullptr;
  void* handle_ = nullptr;
};

// One stream of bytes. Movable; lives no longer than its decoder.
class decoder::stream {
 public:
  stream(const tidegate_decode* table, void* handle) noexcept : table_{table}, handle_{handle} {
    state_.size = sizeof state_;
  }
  stream(stream&& other) noexcept
      : table_{other.table_}, handle_{std::exchange(other.handle_, nullptr)}, state_{other.state_} {}
  stream& operator=(stream&& other) noexcept {
    std::swap(table_, other.table_);
    std::swap(handle_, other.handle_);
    std::swap(state_, other.state_);
    return *this;
  }
  ~stream() {
    if (handle_ != nullptr) table_->close(handle_);
  }

  // Takes all bytes, which came in at `time`. submit(void* block) is called with the samples whenever there
  // are enough for a batch, and at the end with those that are left; it owns the block, and returns false to
  // end early. False: it did, and the rest of the bytes was not taken. Throws tidegate::error.
  template <class Submit>
  bool feed(std::string_view bytes, std::int64_t time, Submit submit) {
    while (!bytes.empty()) {
      bytes.remove_prefix(feed_some(bytes, time));
      if (state_.samples != 0 && !submit(take())) return false;
    }
    return true;
  }
  // No bytes follow for now: TIDEGATE_PAUSE_... The same otherwise.
  template <class Submit>
  bool pause(std::uint32_t why, std::int64_t time, Submit submit) {
    pause_only(why, time);
    return state_.samples == 0 || submit(take());
  }

  // The parts of these: how many bytes were taken, fewer than given when there are samples for a batch; the
  // pause; and the batch, to be submitted or discarded, null if there are no samples.
  std::uint32_t feed_some(std::string_view bytes, std::int64_t time) {
    check([&](tidegate_error* said) { return table_->feed(handle_, text(bytes), time, &state_, said); });
    return state_.taken;
  }
  void pause_only(std::uint32_t why, std::int64_t time) {
    check([&](tidegate_error* said) { return table_->pause(handle_, why, time, &state_, said); });
  }
  void* take() {
    void* block = nullptr;
    check([&](tidegate_error* said) { return table_->take(handle_, &block, said); });
    state_.samples = 0;
    return block;
  }

  // See tidegate_decoded; as of the last call.
  std::uint32_t samples() const noexcept { return state_.samples; }
  std::uint64_t frames() const noexcept { return state_.frames; }
  std::uint64_t faults() const noexcept { return state_.faults; }
  std::uint64_t pending() const noexcept { return state_.pending; }
  std::chrono::nanoseconds silence() const noexcept { return std::chrono::nanoseconds{state_.silence}; }

 private:
  template <class Call>
  static void check(Call call) {
    tidegate_error said{};
    said.size = sizeof said;
    const auto status = call(&said);
    if (status != TIDEGATE_OK) throw error(status, said.text);
  }
  const tidegate_decode* table_;
  void* handle_;
  tidegate_decoded state_{};
};

inline decoder::stream decoder::open(std::span<const tag_view> tags) {
  std::vector<tidegate_entry> entries;
  for (const auto& tag : tags) {
    tidegate_value value{};
    value.type = TIDEGATE_TYPE_STRING;
    value.as.text = text(tag.value);
    entries.push_back({text(tag.key), value});
  }
  tidegate_error said{};
  said.size = sizeof said;
  void* made = nullptr;
  const auto status =
      table_->open(handle_, entries.data(), static_cast<std::uint32_t>(entries.size()), &made, &said);
  if (status != TIDEGATE_OK) throw error(status, said.text);
  return {table_, made};
}

class sink_host : public component_host {
 public:
  using component_host::component_host;
  // One call of tick() after `delay`; a later call replaces it, a negative delay cancels it.
  void set_timer(std::chrono::nanoseconds delay) const noexcept { host_->set_timer(host_, delay.count()); }
};

}  // namespace tidegate
