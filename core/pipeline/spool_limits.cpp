#include "pipeline/spool_limits.hpp"

#include <algorithm>

namespace tidegate::pipeline {

spool::commit_rule commit_rule_of(const config::buffer& options) {
  spool::commit_rule made;
  made.window = options.commit.window;
  switch (options.commit.when) {
    case config::commit_rule::mode::window:
      made.when = spool::commit_rule::mode::window;
      break;
    case config::commit_rule::mode::always:
      made.when = spool::commit_rule::mode::always;
      break;
    case config::commit_rule::mode::never:
      made.when = spool::commit_rule::mode::never;
      break;
  }
  return made;
}

static spool::when_full when_full_of(config::when_full policy) {
  switch (policy) {
    case config::when_full::block:
      return spool::when_full::block;
    case config::when_full::drop_newest:
      return spool::when_full::drop_newest;
    case config::when_full::thin_out:
      return spool::when_full::thin_out;
    case config::when_full::drop_oldest:
      break;
  }
  return spool::when_full::drop_oldest;
}

spool::reader_limits reader_limits_of(const config::buffer& options) {
  return {options.max_bytes, options.max_samples, options.max_age, when_full_of(options.when_full)};
}

config::buffer limits_before_steps(const config::buffer& options) {
  auto made = options;
  if (options.type == config::buffer_type::memory) return made;
  made.type = config::buffer_type::memory;
  made.max_bytes = std::min(options.max_bytes, config::buffer::memory_bytes);
  return made;
}

}  // namespace tidegate::pipeline
