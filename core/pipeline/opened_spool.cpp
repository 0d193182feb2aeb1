#include "pipeline/opened_spool.hpp"

#include <algorithm>

#include "spool/posix_folder.hpp"

namespace tidegate::pipeline {

// Beside what can be delivered, rejected samples are few; they must not need much room either.
static spool::options dead_letters_options(const config::spool_options& of) {
  spool::options made;
  made.max_bytes = std::min<std::uint64_t>(of.max_bytes / 16, std::uint64_t{64} << 20);
  made.min_free_bytes = of.min_free_bytes;
  made.segment_bytes = 256 * 1024;
  return made;
}

opened_spool::opened_spool(const config::spool_options& options, const observe::clock& clock,
                           observe::log& log)
    : options_{options}, clock_{clock}, log_{log} {}

opened_spool::~opened_spool() = default;

std::unique_ptr<opened_spool> opened_spool::open(const config::spool_options& options,
                                                 const observe::clock& clock, observe::log& log,
                                                 std::string& problem) {
  std::unique_ptr<opened_spool> made{new opened_spool{options, clock, log}};
  if (const auto failed = spool::open_posix_folder(options.path, made->folder_)) {
    problem = options.path.string() + ": " + failed.message();
    return nullptr;
  }
  made->lock_ = spool::lock::acquire(options.path, problem);
  if (made->lock_ == nullptr) return nullptr;
  spool::options with;
  with.max_bytes = options.max_bytes;
  with.min_free_bytes = options.min_free_bytes;
  made->spool_ = spool::spool::open(*made->folder_, with, clock, log);
  if (made->spool_ != nullptr) return made;
  problem = options.path.string() + " cannot be read; the log says why";
  return nullptr;
}

std::unique_ptr<spool::spool> opened_spool::open_dead_letters() {
  const auto path = options_.path / "dead-letters";
  if (const auto failed = spool::open_posix_folder(path, dead_letters_folder_)) {
    log_.warning("dead letters", path.string() + ": " + failed.message());
    return nullptr;
  }
  return spool::spool::open(*dead_letters_folder_, dead_letters_options(options_), clock_, log_);
}

}  // namespace tidegate::pipeline
