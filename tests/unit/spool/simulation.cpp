#include "simulation.hpp"

#include <algorithm>

#include "tidegate/batch_builder.hpp"

namespace tidegate::spool {

namespace {

constexpr std::int64_t millisecond = 1'000'000;

batch_ref make_batch(std::uint64_t first, std::uint64_t count, std::uint64_t filler) {
  batch_builder builder;
  const auto series = builder.series("s");
  const std::string text(filler, 'x');
  for (std::uint64_t index = 0; index < count; ++index) {
    auto sample = builder.sample(series, 1000);
    sample.field("n", first + index);
    if (filler != 0 && index == 0) sample.field("text", text);
  }
  void* block = allocate_block(builder.bytes());
  builder.write_to(block);
  return batch_ref::adopt(block);
}

}  // namespace

struct simulation::quiet_log final : observe::log {
  explicit quiet_log(simulation& of) : to{of} {}
  void write(observe::level, std::string_view, std::string_view line) override {
    to.say("  log: " + std::string{line});
  }
  observe::level threshold() const override { return observe::level::info; }
  simulation& to;
};

simulation::simulation(const setup& with, draw decide)
    : setup_{with},
      draw_{std::move(decide)},
      quiet_{std::make_unique<quiet_log>(*this)},
      random_{draw_(1u << 30)} {
  for (const auto* stream : {"a", "b"}) {
    streams_.emplace_back().name = stream;
    for (const auto* name : {"fast", "slow"}) {
      auto& made = readers_.emplace_back();
      made.stream = stream;
      made.name = name;
    }
  }
}

simulation::~simulation() = default;

std::string simulation::run() {
  open();
  for (std::uint64_t each = 0; each < setup_.steps && wrong_.empty(); ++each) {
    try {
      step();
    } catch (const power_cut&) {
      say("the power goes");
      crash();
    }
  }
  if (wrong_.empty()) drain();
  if (wrong_.empty()) judge();
  return wrong_;
}

void simulation::expect(bool holds, const std::string& what) {
  if (!holds && wrong_.empty()) wrong_ = what;
}

// ---- a run of the log --------------------------------------------------------------------------------

void simulation::open() {
  while (true) {
    try {
      options with;
      with.segment_bytes = segment_bytes_min;
      with.max_bytes = setup_.limits || setup_.turnover ? 320 * 1024 : std::uint64_t{1} << 30;
      with.min_free_bytes = 0;
      log_ = std::make_unique<log>(folder_, with, *quiet_);
      log_->open(now());
      wire();
      return;
    } catch (const power_cut&) {
      say("the power goes while it opens");
      folder_.lose_power(random_);
      if (setup_.never) streams_.back().promised.clear();
    }
  }
}

void simulation::wire() {
  for (auto& each : streams_) {
    commit_rule rule;
    rule.when = setup_.never && each.name == "b" ? commit_rule::mode::never : commit_rule::mode::window;
    rule.window = std::chrono::milliseconds{100};
    each.state = &log_->stream(each.name, rule);
    each.accepted = each.state->accepted;
    each.values.clear();
    log::expect_claims(*each.state);
  }
  for (auto& each : readers_) {
    const auto stream =
        std::find_if(streams_.begin(), streams_.end(), [&](const auto& s) { return s.name == each.stream; });
    reader_limits limits;
    limits.when_full = when_full::block;
    if (setup_.limits) {
      limits.max_bytes = each.stream == "a" ? 128 * 1024 : 32 * 1024;
      limits.when_full = each.stream == "a" ? when_full::drop_oldest : when_full::drop_newest;
      if (each.stream == "a" && each.name == "slow") limits.max_age = std::chrono::seconds{20};
    }
    each.state = &log_->reader(*stream->state, each.name, limits);
    each.in_flight.clear();
    each.given.clear();
    for (auto& disk : each.disks) disk.rest();
    if (setup_.limits) each.last_new = {};  // what a limit had discarded may be back, if that was not on disk
    expect(log_->ledger(*each.state).balanced(), "the ledger does not balance after a start");
  }
}

void simulation::step() {
  monotonic_ += static_cast<std::int64_t>(draw_(200)) * millisecond;
  utc_ += static_cast<std::int64_t>(draw_(400)) * millisecond;
  auto& reader = readers_[draw_(readers_.size())];
  if (setup_.lanes && draw_(8) == 0) return change_lanes(reader);
  switch (draw_(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return push();
    case 5:
    case 6:
    case 7:
      return work(1 + draw_(4));
    case 8:
    case 9:
    case 10:
      if (reader.name == "slow" && !setup_.turnover && draw_(3) != 0) return;
      for (auto left = 1 + draw_(4); left != 0 && read(reader); --left) {
      }
      return;
    case 11:
    case 12:
      return settle(reader);
    case 13:
      if (setup_.power_cuts) {
        folder_.cut_power_after(draw_(12));
        say("the power will go");
      } else if (draw_(3) == 0) {
        crash();
      }
      return;
    case 14:
      if (draw_(4) == 0) utc_ += static_cast<std::int64_t>(draw_(2000)) * 86'400'000 * millisecond;
      return make_error();
    default:
      if (draw_(6) == 0) {
        say("an orderly stop");
        log_->hurry();
        work(50);
        crash();
      }
      return;
  }
}

void simulation::push() {
  auto& to = streams_[draw_(streams_.size())];
  const auto count = 1 + draw_(5);
  // Above about 40,000 it needs a file of its own size, which is removed after it instead of used again.
  const auto filler = draw_(setup_.turnover ? 2 : 12) == 0
                          ? draw_(setup_.turnover && draw_(8) != 0 ? 20'000 : 60'000)
                          : draw_(300);
  std::uint64_t number = 0;
  const auto batch = make_batch(next_value_, count, filler);
  const bool has_claim = next_value_ % 3 == 0;
  const receipt claim = has_claim ? std::make_shared<int>() : receipt{};
  const auto done = log_->push(*to.state, batch, claim, now(), number);
  expect(!has_claim || done != log::admission::discarded, "what had a claim was discarded");
  if (done != log::admission::taken) return;
  for (std::uint64_t index = 0; index < count; ++index) {
    to.values[number + index] = next_value_ + index;
    to.pushed.insert(next_value_ + index);
    if (has_claim) to.claimed.insert(next_value_ + index);
  }
  say("push " + to.name + " " + std::to_string(number) + "+" + std::to_string(count) + " = " +
      std::to_string(next_value_));
  next_value_ += count;
}

void simulation::work(std::uint64_t jobs) {
  for (; jobs != 0; --jobs) {
    const auto job = log_->plan(now());
    if (!job) break;
    job->run();
    // Others go on while the disk is written.
    while (!draining_ && draw_(3) == 0) draw_(2) == 0 ? push() : settle(readers_[draw_(readers_.size())]);
    log_->finish(*job, now());
    static constexpr const char* names[] = {"write", "open", "seal", "blank", "dispose"};
    say(std::string{names[static_cast<int>(job->what)]} + (job->sync ? " and sync" : "") + " " +
        job->target.name + " at " + std::to_string(job->place.offset) +
        (job->failed ? " failed: " + job->failed.message() : ""));
    log_->check();
    note_accepted();
  }
}

void simulation::note_accepted() {
  for (auto& each : streams_) {
    for (; each.accepted < each.state->accepted; ++each.accepted) {
      const auto value = each.values.find(each.accepted);
      expect(value != each.values.end(), "a number was accepted that was not pushed");
      if (value != each.values.end()) each.promised.insert(value->second);
    }
  }
}

void simulation::change_lanes(reader_model& of) {
  const bool splits = draw_(3) != 0;
  const bool done = splits ? log_->split(*of.state) : log_->join(*of.state);
  say((splits ? "split " : "join ") + of.stream + "/" + of.name + (done ? "" : ": not now") + ", live from " +
      std::to_string(of.state->live_from));
  log_->check();
}

// From any lane that has something.
bool simulation::read(reader_model& of) {
  const auto first = setup_.lanes && draw_(2) == 0 ? lane::live : lane::main;
  return read(of, first) || read(of, first == lane::main ? lane::live : lane::main);
}

bool simulation::read(reader_model& of, lane from) {
  record found;
  auto& disk = of.disks[index_of(from)];
  while (true) {
    log::disk_place place;
    const auto where = log_->find(*of.state, from, found, place, now());
    if (where == log::where::nowhere) return false;
    if (where == log::where::memory) break;
    const auto outcome = disk.read(place);
    if (outcome == disk_reader::outcome::error) return false;
    if (log_->take(*of.state, place, outcome == disk_reader::outcome::found ? &disk.found() : nullptr,
                   disk.service_time(), found, now()))
      break;
  }
  note_read(of, from, found);
  return true;
}

void simulation::note_read(reader_model& of, lane from, const record& found) {
  const auto stream =
      std::find_if(streams_.begin(), streams_.end(), [&](const auto& s) { return s.name == of.stream; });
  auto& last_new = of.last_new[index_of(from)];
  for (std::uint32_t index = found.first; index < found.first + found.count; ++index) {
    const auto value = found.batch.view()[index].find("n")->as_u64();
    expect(stream->pushed.count(value) == 1, "a value was read that was not pushed");
    const auto number = found.number + index;
    const auto known = stream->values.find(number);
    expect(known == stream->values.end() || known->second == value,
           "number " + std::to_string(number) + " was read as another sample than was pushed");
    expect(of.given.insert(number).second, "number " + std::to_string(number) + " was read twice");
    if (of.seen.insert(value).second) {
      expect(value > last_new,
             "samples are out of order: " + std::to_string(value) + " after " + std::to_string(last_new));
      last_new = value;
    }
  }
  say("read " + of.stream + "/" + of.name + (from == lane::live ? " live " : " ") +
      std::to_string(found.number + found.first) + "+" + std::to_string(found.count));
  of.in_flight.push_back({found.number + found.first, found.count});
}

// In any order.
void simulation::settle(reader_model& of) {
  if (of.in_flight.empty()) return;
  const auto which = draw_(of.in_flight.size());
  const auto& each = of.in_flight[which];
  log_->deliver(*of.state, each.first, each.count, now());
  say("deliver " + of.stream + "/" + of.name + " " + std::to_string(each.first) + "+" +
      std::to_string(each.count));
  of.in_flight.erase(of.in_flight.begin() + static_cast<std::ptrdiff_t>(which));
  log_->check();
}

void simulation::crash() {
  say("crash");
  const bool power_goes = setup_.power_cuts && draw_(2) == 0;
  if (power_goes) {
    folder_.lose_power(random_);
  } else {
    folder_.kill();
  }
  // `never` is safe from a kill, but not from a power cut, nor from a disk that fails.
  if (setup_.never && (power_goes || setup_.errors)) streams_.back().promised.clear();
  log_.reset();
  if (setup_.power_cuts && draw_(3) == 0) folder_.cut_power_after(draw_(4));
  open();
}

void simulation::make_error() {
  if (!setup_.errors) return;
  using call = simulated_folder::call;
  static constexpr call kinds[] = {call::write,  call::sync,   call::create,
                                   call::remove, call::rename, call::sync_folder};
  static constexpr std::errc causes[] = {std::errc::io_error, std::errc::no_space_on_device,
                                         std::errc::read_only_file_system};
  folder_.fail(kinds[draw_(std::size(kinds))], causes[draw_(std::size(causes))], draw_(3), 1 + draw_(3));
  say("a call will fail");
}

// ---- the end -----------------------------------------------------------------------------------------

void simulation::drain() {
  draining_ = true;
  folder_.heal();
  try {
    say("drain");
    crash();
    log_->hurry();
    for (int round = 0; round < 2000 && wrong_.empty(); ++round) {
      monotonic_ += 1000 * millisecond;
      work(50);
      bool any = false;
      for (auto& each : readers_) {
        while (read(each)) any = true;
        while (!each.in_flight.empty()) settle(each);
      }
      if (!any && log_->is_clean()) return;
    }
    for (const auto& name : folder_.names()) say(name + ": " + std::to_string(folder_.content(name).size()));
    for (const auto& each : readers_) {
      const auto ledger = log_->ledger(*each.state);
      say(each.stream + "/" + each.name + " waiting " + std::to_string(ledger.waiting) + " dirty " +
          std::to_string(each.state->dirty));
    }
    expect(false, "it does not come to an end");
  } catch (const power_cut&) {
    drain();
  }
}

void simulation::judge() {
  for (const auto& each : readers_) {
    const auto stream =
        std::find_if(streams_.begin(), streams_.end(), [&](const auto& s) { return s.name == each.stream; });
    const auto ledger = log_->ledger(*each.state);
    expect(ledger.balanced(), "the ledger does not balance");
    expect(ledger.waiting == 0, "something waits for " + each.name);
    std::uint64_t lost = 0;
    for (const auto value : stream->promised) lost += each.seen.count(value) == 0 ? 1 : 0;
    if (!setup_.limits) {
      expect(lost == 0,
             std::to_string(lost) + " accepted samples never came to " + each.stream + "/" + each.name);
      expect(ledger.discarded(discard_reason::full) == 0, "samples were discarded without a limit");
    } else {
      std::uint64_t lost_claims = 0;
      for (const auto value : stream->promised)
        lost_claims += each.seen.count(value) == 0 && stream->claimed.count(value) != 0 ? 1 : 0;
      const bool has_age = each.stream == "a" && each.name == "slow";
      expect(has_age || lost_claims == 0, std::to_string(lost_claims) +
                                              " samples that had a claim never came to " + each.stream + "/" +
                                              each.name);
      expect(lost <= ledger.discarded(), std::to_string(lost) + " samples are missing, " +
                                             std::to_string(ledger.discarded()) + " were counted");
    }
    // What a start finds but cannot sync is given to readers, and may be gone after a power cut: it was never
    // promised.
    if (setup_.errors && setup_.power_cuts) continue;
    expect(ledger.discarded(discard_reason::damaged) == 0,
           std::to_string(ledger.discarded(discard_reason::damaged)) +
               " samples pass for damaged on a disk without damage");
  }
}

}  // namespace tidegate::spool
