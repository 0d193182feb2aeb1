#include "spool/verify.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "spool/crc32c.hpp"

namespace tidegate::spool {

namespace {

using readable_numbers = std::map<std::uint32_t, cursor>;  // by stream

// One segment, record by record. Whole commits follow each other in number. Where one is missing, two things
// can have happened. It was never promised: what was not synced when the power went may be there in part, and
// writing went on behind that under the missing number. Or it was, and is damaged.
class segment_reader {
 public:
  // `expected` is the number of the first commit, 0 if it is not known.
  segment_reader(const inspected_file& of, std::uint64_t expected) : of_{&of}, expected_{expected} {}

  void run() {
    const auto failed = walk(*of_->file, of_->walking(), [this](const stretch& each) {
      if (!sealed_) take(each);
      return true;
    });
    if (failed) made_.unreadable.push_back({of_, failed});
    made_.segments = 1;
  }

  // `next_commit` is the number of the next segment's first commit, 0 if it is not known.
  void finish(std::uint64_t next_commit) {
    if (!sealed_) judge(next_commit, UINT64_MAX);
  }

  // Whether commits are missing before the first one in this segment, and not behind the last one before.
  bool misses_first() const noexcept { return misses_first_; }
  std::uint64_t first_commit() const noexcept { return first_commit_; }
  std::uint64_t expected() const noexcept { return expected_; }
  const inspected_file& file() const noexcept { return *of_; }
  const readable_numbers& readable() const noexcept { return readable_; }
  const verification& made() const noexcept { return made_; }

 private:
  // What was passed since the last commit that was in order.
  struct piece {
    bad_place at;
    bool whole = false;
    std::uint32_t crc = 0;      // of a whole record, as commits sum it
    std::uint64_t samples = 0;  // of whole data
  };

  void take(const stretch& each) {
    piece made{{of_, each.offset, each.end, {}}, each.what == stretch::kind::record, each.header.crc, 0};
    if (each.what != stretch::kind::no_record) made.at.header = each.header;
    if (made.whole) {
      ++made_.records;
      if (each.header.type == record_type::seal) return take_seal(each);
      if (each.header.type == record_type::commit && take_commit(each)) return;
      if (each.header.type == record_type::data) made.samples = take_data(each.header);
    }
    passed_.push_back(std::move(made));
  }

  std::uint64_t take_data(const record_header& header) {
    made_.samples += header.samples;
    readable_[header.stream].deliver(header.number, header.number + header.samples);
    return header.samples;
  }

  // False if it does not fit the records before it, or is not the next.
  bool take_commit(const stretch& each) {
    commit_payload said;
    if (each.payload.size() != sizeof said) return false;
    std::memcpy(&said, each.payload.data(), sizeof said);
    if (!fits(said, each.header.samples)) return false;
    const auto number = each.header.number;
    if (first_commit_ == 0) {
      // What is missing before it may also have stood at the end of the segment before.
      first_commit_ = number;
      misses_first_ = expected_ != 0 && number > expected_ && has_bad(said.begin);
      judge(misses_first_ ? number : 0, said.begin);
    } else {
      if (number > expected_) return false;
      judge(0, said.begin);
    }
    // The first commit stands there twice, under one number.
    begin_anew(number + 1, each.end);
    return true;
  }

  bool fits(const commit_payload& said, std::uint32_t records) const {
    std::uint32_t chain = 0;
    std::uint32_t count = 0;
    for (const auto& each : passed_) {
      if (each.at.offset < said.begin) continue;
      if (!each.whole) return false;
      chain = crc32c(chain, &each.crc, sizeof each.crc);
      ++count;
    }
    return count == records && chain == said.chain;
  }

  bool has_bad(std::uint64_t before) const {
    return std::any_of(passed_.begin(), passed_.end(),
                       [&](const piece& each) { return !each.whole && each.at.offset < before; });
  }

  // The records end where it says; between that and itself lies room that was never used.
  void take_seal(const stretch& each) {
    const auto said = decode_seal(each.payload);
    if (!said) return;
    std::erase_if(passed_, [&](const piece& any) { return any.at.offset >= said->end; });
    for (auto& any : passed_) any.at.end = std::min(any.at.end, said->end);
    judge(each.header.number + 1, UINT64_MAX);
    begin_anew(each.header.number + 1, said->end);
    sealed_ = true;
  }

  // What was passed before that offset. It was promised if the next commit's number (0: unknown) says so, or
  // if what is whole of it was written over so long a time that all of it was on the disk.
  void judge(std::uint64_t next_commit, std::uint64_t before) {
    std::erase_if(passed_, [&](const piece& each) { return each.at.offset >= before; });
    const bool missing = expected_ != 0 && next_commit > expected_;
    if (missing && !has_bad(UINT64_MAX)) {
      made_.missing.push_back({of_, committed_end_, next_commit - expected_});
    } else if (missing || (has_bad(UINT64_MAX) && was_on_disk())) {
      for (const auto& each : passed_)
        if (!each.whole) made_.damaged.push_back(each.at);
    } else if (!passed_.empty()) {
      std::uint64_t kept = 0;
      for (const auto& each : passed_) kept += each.samples;
      made_.cut_off.push_back({of_, passed_.front().at.offset, kept});
    }
  }

  // A kernel writes what is not synced after half a minute.
  bool was_on_disk() const {
    constexpr std::int64_t long_enough = 120'000'000'000;
    std::int64_t first = INT64_MAX;
    std::int64_t last = 0;
    for (const auto& each : passed_) {
      if (!each.whole) continue;
      first = std::min(first, each.at.header->service_time);
      last = std::max(last, each.at.header->service_time);
    }
    return last >= first && last - first >= long_enough;
  }

  void begin_anew(std::uint64_t expected, std::uint64_t end) {
    passed_.clear();
    expected_ = std::max(expected_, expected);
    committed_end_ = end;
  }

  const inspected_file* of_;
  std::uint64_t expected_;  // the next commit's number
  std::uint64_t first_commit_ = 0;
  std::uint64_t committed_end_ = block_bytes;
  bool misses_first_ = false;
  bool sealed_ = false;
  std::vector<piece> passed_;
  readable_numbers readable_;
  verification made_;
};

template <class Value>
void append(std::vector<Value>& to, const std::vector<Value>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// All segments, one behind the other.
class verifier {
 public:
  explicit verifier(const inspection& of) : of_{of} {}

  verification run() {
    std::optional<segment_reader> before;
    for (const auto& file : of_.files) {
      if (!file.is_segment()) continue;
      const bool follows = before && before->file().header.generation + 1 == file.header.generation;
      auto here = read(file, follows ? before->expected() : file.header.generation == 1 ? 1 : 0);
      if (before) end(*before, follows && !here.misses_first() ? here.first_commit() : 0);
      before = std::move(here);
    }
    if (before) end(*before, 0);
    for (const auto& route : of_.routes) find_lost(route);
    return std::move(made_);
  }

 private:
  // Again if something is wrong: a gateway may have been writing there just now.
  static segment_reader read(const inspected_file& file, std::uint64_t expected) {
    constexpr int attempts_max = 3;
    for (int attempt = 1;; ++attempt) {
      segment_reader made{file, expected};
      made.run();
      if (attempt == attempts_max || !made.made().is_damaged()) return made;
    }
  }

  void end(segment_reader& each, std::uint64_t next_commit) {
    if (!is_unchanged(each.file())) {
      for (const auto& part : each.file().parts)
        readable_[part.stream].deliver(part.numbers.first, part.numbers.end);
      return;
    }
    each.finish(next_commit);
    const auto& found = each.made();
    made_.segments += found.segments;
    made_.records += found.records;
    made_.samples += found.samples;
    if (found.is_damaged() && !is_needed(each.file())) {
      made_.unneeded.push_back({&each.file(), found.damaged.size() + found.missing.size()});
    } else {
      append(made_.damaged, found.damaged);
      append(made_.missing, found.missing);
    }
    append(made_.unreadable, found.unreadable);
    append(made_.cut_off, found.cut_off);
    for (const auto& [stream, numbers] : each.readable()) add(readable_[stream], numbers);
  }

  // By a route, or for the cursors in it.
  bool is_needed(const inspected_file& file) const {
    const bool is_newest = std::none_of(&file + 1, of_.files.data() + of_.files.size(),
                                        [](const inspected_file& each) { return each.is_segment(); });
    bool waited_for = false;
    for (const auto& part : file.parts)
      for (const auto& route : of_.routes)
        if (route.stream == part.stream)
          for_each_unsettled(route.cursor, part.numbers, [&](const number_range&) { waited_for = true; });
    return is_newest || waited_for;
  }

  static void add(cursor& to, const cursor& more) {
    reader_entry entry;
    more.store(entry);
    to.deliver(0, entry.floor);
    for (const auto& run : entry.settled) to.deliver(run.first, run.end);
  }

  void find_lost(const inspected_route& route) {
    lost_samples found;
    found.route = &route;
    const auto& readable = readable_[route.stream];
    for_each_unsettled(route.cursor, {0, route.next}, [&](const number_range& waiting) {
      for_each_unsettled(readable, waiting, [&](const number_range& run) {
        found.runs.push_back(run);
        found.count += run.end - run.first;
      });
    });
    if (found.count != 0) made_.lost.push_back(std::move(found));
  }

  const inspection& of_;
  readable_numbers readable_;
  verification made_;
};

}  // namespace

verification verify(const inspection& of) { return verifier{of}.run(); }

}  // namespace tidegate::spool
