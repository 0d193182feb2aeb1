// Submits a block of which no header is right.
#include <stdexcept>

#include "tidegate/plugin.hpp"

class submit_invalid_block {
 public:
  static constexpr tidegate::component info{"submit-invalid-block",
                                            "Submits a block of which no header is right."};
  submit_invalid_block(tidegate::source_host host, const tidegate::options&) : host_{host} {}
  void poll() {
    const auto* raw = host_.raw();
    void* block = raw->batch_allocate(raw, 128);
    std::memset(block, 0x5a, 128);
    if (raw->batch_submit(raw, block) != TIDEGATE_ERROR_BUG) throw std::runtime_error{"the host took it"};
  }

 private:
  tidegate::source_host host_;
};
TIDEGATE_PLUGIN("submit-invalid-block", "1.0.0", tidegate::source<submit_invalid_block>)
