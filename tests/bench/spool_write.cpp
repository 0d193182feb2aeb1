// Writes batches of one size to a spool, each in a commit of its own, and settles them: what
// write_amplification.py measures.
//
//   spool_write FOLDER PAYLOAD_BYTES COMMITS
//
// Waits for a line on standard input after it has opened the spool and turned over its first segments, so
// that what is written once in the life of a spool can be left out. Prints the bytes of the batches.
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>

#include "batch/batch_ref.hpp"
#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "spool/posix_folder.hpp"
#include "spool/spool.hpp"
#include "tidegate/batch_builder.hpp"

namespace {

using namespace tidegate;

class silent_log final : public observe::log {
 public:
  void write(observe::level, std::string_view, std::string_view line) override {
    std::fprintf(stderr, "spool: %.*s\n", static_cast<int>(line.size()), line.data());
  }
  observe::level threshold() const override { return observe::level::warning; }
};

// One sample with a text that makes the block as large as wanted, or as small as a block can be.
batch_ref make_batch(std::size_t bytes) {
  batch_builder builder;
  const auto size_with = [&](std::size_t text) {
    builder.clear();
    builder.sample(builder.series("s"), 1).field("t", std::string(text, 'x'));
    return builder.bytes();
  };
  const auto empty = size_with(0);
  size_with(bytes > empty ? bytes - empty : 0);
  void* block = allocate_block(builder.bytes());
  builder.write_to(block);
  return batch_ref::adopt(block);
}

void push_and_settle(spool::stream& in, spool::reader& out, const batch_ref& batch) {
  spool::record found;
  if (!in.push(batch, {}, {}) || !out.read(found)) std::exit(1);
  out.deliver(found.number, found.count);
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 64;
  const auto batch = make_batch(std::strtoul(words[2], nullptr, 10));
  const auto commits = std::strtoul(words[3], nullptr, 10);
  std::unique_ptr<spool::folder> folder;
  if (spool::open_posix_folder(words[1], folder)) return 1;
  silent_log log;
  const observe::system_clock clock;
  const auto disk = spool::spool::open(*folder, {}, clock, log);
  spool::commit_rule always;
  always.when = spool::commit_rule::mode::always;
  auto& in = disk->add_stream("bench", always);
  auto& out = disk->add_reader(in, "sink", {}, {});
  disk->start();

  // Three segments, so that from here on files are used again.
  constexpr std::size_t first_use = std::size_t{14} << 20;
  const auto large = make_batch(std::size_t{1} << 20);
  for (std::size_t written = 0; written < first_use; written += large.view().bytes())
    push_and_settle(in, out, large);
  std::printf("ready\n");
  std::fflush(stdout);
  std::string go;
  std::getline(std::cin, go);
  for (std::size_t each = 0; each < commits; ++each) push_and_settle(in, out, batch);
  std::printf("%zu\n", commits * batch.view().bytes());
  std::fflush(stdout);
  std::getline(std::cin, go);
  disk->stop();
}
