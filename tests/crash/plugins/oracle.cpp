// A source whose samples are accounted for: values that never come twice, each noted before it is submitted
// and when the host answers for it.
#include "notes.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::oracle {

class oracle {
 public:
  static constexpr component info{.name = "oracle",
                                  .summary = "Values that are accounted for, to tell what a crash has lost.",
                                  .options = R"({
        "properties": {
          "number": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 1,
            "description": "The source's part of each value."},
          "offered": {"type": "string", "unit": "path", "description": "Notes of what is going to be submitted."},
          "accepted": {"type": "string", "unit": "path", "description": "Notes of what was accepted."},
          "batch": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 10,
            "description": "Samples of one submit."},
          "payload": {"type": "integer", "minimum": 0, "maximum": 1000000, "default": 32,
            "description": "Bytes of one sample, beside its value."},
          "orders": {"type": "string", "unit": "path",
            "description": "A file that says 'run', or 'rest' with a number, which is noted; run while there is none."}
        },
        "required": ["offered", "accepted"]
      })"};

  oracle(source_host host, const options& options)
      : host_{host},
        base_{static_cast<std::uint64_t>(options["number"].integer()) << source_shift},
        batch_{static_cast<std::uint32_t>(options["batch"].integer())},
        offered_{options["offered"].string()},
        accepted_{options["accepted"].string()},
        orders_{options.has("orders") ? options["orders"].string() : "", "run"},
        payload_(static_cast<std::size_t>(options["payload"].integer()), '\0') {}

  // Goes on behind everything that was ever offered: what became of that is not known here.
  void start() {
    offered_.open();
    accepted_.open();
    next_ = std::max(base_ + 1, offered_.end());
    rest_.clear();
  }

  void poll() {
    if (const auto order = orders_.now(); order.starts_with("rest")) return rest(order);
    const auto first = next_;
    build();
    add(offered_, {first, batch_, event::offered, host_.now_monotonic()});
    next_ += batch_;
    if (host_.submit(samples_)) add(accepted_, {first, batch_, event::accepted, host_.now_monotonic()});
  }

  void stop() {
    offered_.close();
    accepted_.close();
  }

 private:
  void build() {
    const auto series = samples_.series("oracle");
    const auto time = host_.now_utc();
    for (std::uint32_t index = 0; index < batch_; ++index) {
      fill_payload(next_ + index, payload_);
      samples_.sample(series, time + index)
          .field("value", next_ + index)
          .field("payload", std::string_view{payload_});
    }
  }

  // Once for each order, so that a test knows that no more comes.
  void rest(const std::string& order) {
    if (order == rest_) return;
    rest_ = order;
    add(offered_, {next_, 0, event::resting, host_.now_monotonic()});
  }

  static void add(notebook& to, const note& made) { to.add({&made, 1}); }

  source_host host_;
  const std::uint64_t base_;
  const std::uint32_t batch_;
  notebook offered_;
  notebook accepted_;
  const orders orders_;
  batch_builder samples_;
  std::string payload_;
  std::string rest_;
  std::uint64_t next_ = 0;
};

}  // namespace tidegate::oracle

TIDEGATE_PLUGIN("oracle", "1.0.0", tidegate::source<tidegate::oracle::oracle>)
