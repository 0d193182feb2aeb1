// A sink that notes every value it was given before it answers, and answers as it is told: in time or late,
// not at all, or wrongly.
#include <charconv>
#include <random>
#include <thread>
#include <vector>

#include "notes.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::oracle {

class oracle_sink {
 public:
  static constexpr component info{
      .name = "oracle-sink", .summary = "Notes the values that have arrived.", .options = R"({
        "properties": {
          "notes": {"type": "string", "unit": "path", "description": "What has arrived."},
          "mode": {"type": "string", "default": "fast", "description":
            "fast, 'slow MILLISECONDS' a delivery, down, 'flaky PERCENT' of the deliveries, 'reject N': every N-th value."},
          "orders": {"type": "string", "unit": "path", "description": "A file that says another mode."},
          "seed": {"type": "integer", "default": 1, "description": "Of what is random in flaky."}
        },
        "required": ["notes"]
      })"};

  oracle_sink(sink_host host, const options& options)
      : host_{host},
        notebook_{options["notes"].string()},
        orders_{options.has("orders") ? options["orders"].string() : "", options["mode"].string()},
        random_{static_cast<std::uint64_t>(options["seed"].integer())} {}

  void start() { notebook_.open(); }

  void write(delivery batch) {
    const auto [mode, amount] = split(orders_.now());
    if (mode == "down") return batch.retry("down, as ordered");
    if (mode == "slow") std::this_thread::sleep_for(std::chrono::milliseconds{amount});
    if (mode == "flaky" && random_() % 100 < amount) return write_flakily(std::move(batch));
    if (mode == "reject") return write_some(std::move(batch), amount);
    note_all(batch, event::received);
    batch.delivered();
  }

  void stop() { notebook_.close(); }

 private:
  struct order {
    std::string mode;
    std::uint64_t amount = 0;
  };

  static order split(const std::string& text) {
    const auto end = text.find_first_of(" \n");
    order made{text.substr(0, end), 0};
    if (end != std::string::npos)
      std::from_chars(text.data() + end + 1, text.data() + text.size(), made.amount);
    return made;
  }

  // One of the ways in which a peer can leave its client in doubt.
  void write_flakily(delivery batch) {
    switch (random_() % 3) {
      case 0:
        return batch.retry("flaky, as ordered");
      case 1:
        note_all(batch, event::asked);
        return batch.retry("flaky, as ordered, and kept");
      default:
        note_all(batch, event::asked);
        return batch.ambiguous("flaky, as ordered");
    }
  }

  void write_some(delivery batch, std::uint64_t every) {
    std::vector<std::uint32_t> refused;
    std::uint32_t index = 0;
    begin();
    batch.for_each([&](const sample_view& sample) {
      const auto value = value_of(sample);
      const bool refuse = every != 0 && value % every == 0;
      if (refuse) refused.push_back(index);
      add(value, refuse ? event::rejected : judged(sample, event::received));
      ++index;
    });
    notebook_.add(notes_);
    if (refused.empty()) return batch.delivered();
    batch.rejected("rejected, as ordered", refused);
  }

  void note_all(const delivery& batch, event what) {
    begin();
    batch.for_each([&](const sample_view& sample) { add(value_of(sample), judged(sample, what)); });
    notebook_.add(notes_);
  }

  void begin() { notes_.clear(); }

  void add(std::uint64_t value, event what) {
    if (!notes_.empty()) {
      auto& last = notes_.back();
      if (last.what == what && last.first + last.count == value) return void(++last.count);
    }
    notes_.push_back({value, 1, what, host_.now_monotonic()});
  }

  static std::uint64_t value_of(const sample_view& sample) { return sample.find("value").value().as_u64(); }

  event judged(const sample_view& sample, event what) {
    const auto payload = sample.find("payload").value().as_text();
    expected_.resize(payload.size());
    fill_payload(value_of(sample), expected_);
    return std::memcmp(expected_.data(), payload.data(), payload.size()) == 0 ? what : event::damaged;
  }

  sink_host host_;
  notebook notebook_;
  const orders orders_;
  std::mt19937_64 random_;
  std::vector<note> notes_;
  std::string expected_;
};

}  // namespace tidegate::oracle

TIDEGATE_PLUGIN("oracle-sink", "1.0.0", tidegate::sink<tidegate::oracle::oracle_sink>)
