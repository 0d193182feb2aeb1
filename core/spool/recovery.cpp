#include "spool/recovery.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "spool/crc32c.hpp"
#include "spool/scanner.hpp"

namespace tidegate::spool {

namespace {

constexpr std::string_view who = "spool";

// ---- One segment ----------------------------------------------------------------------------------

std::error_code read_all(const file& from, std::uint64_t offset, std::span<std::byte> into) {
  std::size_t got = 0;
  if (const auto failed = from.read(offset, into, got)) return failed;
  return got == into.size() ? std::error_code{} : std::make_error_code(std::errc::io_error);
}

std::optional<seal_trailer> read_trailer(const segment& of, std::uint32_t seed) {
  seal_trailer trailer;
  if (of.bytes < 2 * block_bytes) return std::nullopt;
  if (read_all(*of.file, of.bytes - sizeof trailer, std::as_writable_bytes(std::span{&trailer, 1})))
    return std::nullopt;
  if (!trailer_holds(trailer, seed) || trailer.generation != of.generation ||
      trailer.bytes > of.bytes - block_bytes)
    return std::nullopt;
  return trailer;
}

std::optional<segment_content> read_seal(const segment& of, std::uint32_t seed) {
  const auto found = read_trailer(of, seed);
  if (!found) return std::nullopt;
  const auto& trailer = *found;
  scanner from{*of.file, seed, of.generation, {of.bytes - trailer.bytes, of.bytes - sizeof trailer}};
  if (from.next() != scanner::found::record || from.header().type != record_type::seal) return std::nullopt;
  if (from.header().crc != trailer.record_crc) return std::nullopt;
  auto sealed = decode_seal(from.payload());
  if (!sealed) return std::nullopt;
  segment_content made;
  made.sealed = true;
  made.end = sealed->end;
  for (const auto& part : sealed->parts) made.confirmed.push_back({part.stream, part.numbers});
  made.parts = std::move(sealed->parts);
  made.said.push_back(std::move(sealed->all));
  made.last_commit = from.header().number;
  made.service_time = from.header().service_time;
  return made;
}

// Gathers what a segment's records say, one after the other.
class content_reader {
 public:
  segment_content read(const segment& of, std::uint32_t seed) {
    scanner from{*of.file, seed, of.generation, {block_bytes, of.bytes}};
    while (true) {
      switch (from.next()) {
        case scanner::found::record:
          take(from);
          break;
        case scanner::found::damaged_record:
          note_end(from);
          break;
        case scanner::found::end:
          return std::move(made_);
        case scanner::found::error:
          made_.error = from.error();
          from.skip_unreadable();
          break;
      }
    }
  }

 private:
  struct open_record {
    std::uint64_t offset;
    std::uint32_t crc;
  };

  void note_end(const scanner& at) {
    if (at.header().type == record_type::seal) return;
    made_.end = std::max(made_.end, round_up(at.position(), block_bytes));
    made_.service_time = std::max(made_.service_time, at.header().service_time);
  }

  void take(const scanner& at) {
    note_end(at);
    const auto& header = at.header();
    if (header.type == record_type::commit) return take_commit(at);
    open_.push_back({at.offset(), header.crc});
    if (header.type == record_type::data) take_data(header);
    if (header.type == record_type::cursors)
      if (auto said = decode_cursors(at.payload())) made_.said.push_back(std::move(*said));
  }

  void take_data(const record_header& header) {
    const number_range numbers{header.number, header.number + header.samples};
    segment holder;
    holder.parts = std::move(made_.parts);
    holder.add({header.stream, numbers, header.payload_bytes, header.service_time});
    made_.parts = std::move(holder.parts);
    made_.uncommitted.push_back({header.stream, numbers});
  }

  // One that is whole also ends what a power cut has left before it: the cursors in it tell what that was.
  // Not if one is missing in between: then neither was synced, or both, and what is missing may never have
  // been accepted.
  void take_commit(const scanner& at) {
    commit_payload said;
    if (at.payload().size() != sizeof said) return;
    std::memcpy(&said, at.payload().data(), sizeof said);
    std::uint32_t chain = 0;
    std::uint32_t records = 0;
    for (const auto& each : open_) {
      if (each.offset < said.begin) continue;
      chain = crc32c(chain, &each.crc, sizeof each.crc);
      ++records;
    }
    const bool whole = records == at.header().samples && chain == said.chain;
    const bool next = made_.last_commit == 0 || at.header().number == made_.last_commit + 1;
    if (!whole || !next) return;
    made_.last_commit = at.header().number;
    made_.confirmed.insert(made_.confirmed.end(), made_.uncommitted.begin(), made_.uncommitted.end());
    made_.uncommitted.clear();
    open_.clear();
  }

  std::vector<open_record> open_;  // since the last commit
  segment_content made_;
};

}  // namespace

segment_content scan_content(const segment& of, std::uint32_t seed) {
  return content_reader{}.read(of, seed);
}

segment_content read_content(const segment& of, std::uint32_t seed) {
  if (auto sealed = read_seal(of, seed)) return std::move(*sealed);
  return scan_content(of, seed);
}

namespace {

// ---- The files ----------------------------------------------------------------------------------------

struct candidate {
  segment found;
  segment_header header;
};

class recoverer {
 public:
  recoverer(folder& files, std::uint64_t segment_bytes, observe::log& log)
      : files_{files}, segment_bytes_{segment_bytes}, log_{log} {}

  recovered run() {
    open_files();
    if (!made_.problem.empty()) return std::move(made_);
    choose_spool();
    order_segments();
    read_segments();
    merge_cursors();
    find_next_numbers();
    find_holes();
    adopt_unnamed();
    made_.names_synced = !files_.sync();
    return std::move(made_);
  }

 private:
  // A call that fails once is no reason to leave samples behind.
  template <class Call>
  static std::error_code persistently(Call call) {
    constexpr int attempts = 3;
    auto failed = call();
    for (int each = 1; failed && each < attempts; ++each) failed = call();
    return failed;
  }

  void open_files() {
    std::vector<std::string> names;
    if (const auto failed = persistently([&] { return files_.list(names); })) {
      made_.problem = "the folder cannot be listed: " + failed.message();
      return;
    }
    std::sort(names.begin(), names.end());
    for (const auto& name : names)
      if (name.size() > segment_suffix.size() && name.ends_with(segment_suffix)) open_file(name);
  }

  // What is read must be what is on the disk: a program that was killed may not have synced it, or have
  // failed to, which no later sync tells. But a sync of each of a thousand files takes seconds, and what is
  // sealed was synced before it was: that holds also if the seal itself is not there any more at the next
  // start.
  void make_sure_of(segment& of) {
    if (is_sealed(of)) return;
    const auto failed = of.file->sync();
    of.file->drop_cache();
    of.distrusted = bool{failed};
    if (failed)
      log_.error(who, of.name + " cannot be synced and is not written any more: " + failed.message());
  }

  static bool is_sealed(segment of) {
    std::vector<std::byte> block(block_bytes);
    segment_header header;
    if (of.file->size(of.bytes) || read_all(*of.file, 0, block) ||
        read_segment_header(block, header) != header_state::ours)
      return false;
    of.generation = header.generation;
    return read_trailer(of, id_seed(header.id)).has_value();
  }

  void open_file(const std::string& name) {
    candidate each;
    each.found.name = name;
    std::vector<std::byte> block(block_bytes);
    std::size_t got = 0;
    const auto failed = persistently([&] {
      auto error = files_.open(name, each.found.file);
      if (!error) make_sure_of(each.found);
      if (!error) error = each.found.file->size(each.found.bytes);
      if (!error) error = each.found.file->read(0, block, got);
      return error;
    });
    // Of what it holds nothing is known, so that nothing may be numbered beside it: a disk's error will be
    // there tomorrow, anything else can be mended.
    if (failed == std::errc::io_error) return set_aside(name, "it cannot be read: " + failed.message());
    if (failed) {
      made_.problem = name + " cannot be read: " + failed.message();
      return;
    }
    block.resize(got);
    switch (read_segment_header(block, each.header)) {
      case header_state::ours:
        each.found.generation = each.header.generation;
        candidates_.push_back(std::move(each));
        return;
      case header_state::blank:
        if (ends_in_zeros(each.found)) {
          take_blank(std::move(each.found));
        } else {
          set_aside(name, "its header is lost");
        }
        return;
      case header_state::newer:
        log_.error(who, name + " was written by a later version (format " +
                            std::to_string(each.header.version) + ", this one knows " +
                            std::to_string(format_version) +
                            ") and is left untouched; run that version to deliver what it holds");
        return;
      case header_state::unreadable:
        if (is_cut_off_creation(each.found.bytes, block)) {
          take_blank(std::move(each.found));
        } else {
          set_aside(name, "its header cannot be read");
        }
        return;
    }
  }

  // A crash while a file was being written in advance leaves a short one without a byte in it.
  static bool is_cut_off_creation(std::uint64_t bytes, const std::vector<std::byte>& block) {
    return bytes < block_bytes &&
           std::all_of(block.begin(), block.end(), [](std::byte each) { return each == std::byte{0}; });
  }

  // A sealed segment whose header was lost does not.
  static bool ends_in_zeros(const segment& of) {
    if (of.bytes < 2 * block_bytes) return true;
    std::vector<std::byte> last(block_bytes);
    return !read_all(*of.file, of.bytes - block_bytes, last) &&
           std::all_of(last.begin(), last.end(), [](std::byte each) { return each == std::byte{0}; });
  }

  void take_blank(segment blank) {
    if (blank.bytes == segment_bytes_ && !blank.distrusted) {
      made_.blanks.push_back(std::move(blank));
      return;
    }
    if (const auto failed = files_.remove(blank.name))
      log_.warning(who, blank.name + " is empty and cannot be removed: " + failed.message());
  }

  void set_aside(const std::string& name, const std::string& why) {
    const auto kept = quarantine_name(files_, name);
    const auto failed = files_.rename(name, kept);
    log_.error(who, name + ": " + why +
                        (failed ? "; it cannot be renamed and is ignored: " + failed.message()
                                : "; kept aside as " + kept));
  }

  // Files of another spool have no business here: the one with most files stays, of two the one used last.
  void choose_spool() {
    std::map<spool_id, std::pair<std::size_t, std::int64_t>> weight;
    for (const auto& each : candidates_) {
      auto& of = weight[each.header.id];
      of = {of.first + 1, std::max(of.second, each.header.created)};
    }
    const auto most = std::max_element(weight.begin(), weight.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most == weight.end()) return;
    made_.found = true;
    made_.id = most->first;
    seed_ = id_seed(made_.id);
    const auto foreign = std::stable_partition(candidates_.begin(), candidates_.end(),
                                               [&](const auto& each) { return each.header.id == made_.id; });
    for (auto each = foreign; each != candidates_.end(); ++each)
      set_aside(each->found.name, "it belongs to another spool");
    candidates_.erase(foreign, candidates_.end());
  }

  void order_segments() {
    std::sort(candidates_.begin(), candidates_.end(),
              [](const auto& a, const auto& b) { return a.header.generation < b.header.generation; });
    for (auto& each : candidates_) {
      auto& all = made_.segments;
      if (!all.empty() && all.back().generation == each.found.generation) {
        keep_better(all.back(), each.found);
      } else {
        all.push_back(std::move(each.found));
      }
    }
    if (!made_.segments.empty()) made_.next_generation = made_.segments.back().generation + 1;
  }

  void keep_better(segment& kept, segment& other) {
    if (scan_content(kept, seed_).end < scan_content(other, seed_).end) std::swap(kept, other);
    set_aside(other.name, "it is a copy of " + kept.name);
  }

  // ---- their content ------------------------------------------------------------------------------------

  void read_segments() {
    for (auto& each : made_.segments) {
      auto content = read_content(each, seed_);
      for (int again = 0; content.error && again < 2; ++again) content = read_content(each, seed_);
      if (content.error) log_.error(who, each.name + " can be read in part only: " + content.error.message());
      // What cannot be read now must not be written over.
      each.distrusted = each.distrusted || content.error;
      each.end = content.end;
      each.sealed = content.sealed;
      each.parts = content.parts;
      made_.next_commit = std::max(made_.next_commit, content.last_commit + 1);
      made_.service_time = std::max(made_.service_time, content.service_time);
      contents_.push_back(std::move(content));
    }
  }

  // From the newest complete snapshot on.
  void merge_cursors() {
    auto from = contents_.size();
    while (from > 0) {
      --from;
      const auto& said = contents_[from].said;
      if (std::any_of(said.begin(), said.end(), [](const auto& each) { return each.complete; })) break;
    }
    for (; from < contents_.size(); ++from)
      for (const auto& said : contents_[from].said) merge(said);
  }

  template <class Entry>
  static void replace(std::vector<Entry>& in, const Entry& by) {
    const auto same = std::find_if(in.begin(), in.end(), [&](const auto& each) { return each.id == by.id; });
    if (same == in.end()) {
      in.push_back(by);
    } else {
      *same = by;
    }
  }

  void merge(const cursors& said) {
    if (said.complete) {
      made_.all = said;
      return;
    }
    for (const auto& each : said.streams) replace(made_.all.streams, each);
    for (const auto& each : said.readers) replace(made_.all.readers, each);
  }

  stream_entry* stream_of(std::uint32_t id) {
    for (auto& each : made_.all.streams)
      if (each.id == id) return &each;
    return nullptr;
  }

  void find_next_numbers() {
    for (const auto& each : made_.all.streams) confirmed_[each.id] = each.next;
    for (const auto& each : made_.all.readers)
      if (auto* stream = stream_of(each.stream)) {
        stream->next = std::max(stream->next, each.floor);
        if (!each.settled.empty()) stream->next = std::max(stream->next, each.settled.back().end);
      }
    for (const auto& content : contents_)
      for (const auto& each : content.confirmed)
        confirmed_[each.stream] = std::max(confirmed_[each.stream], each.numbers.end);
    for (const auto& each : made_.segments)
      for (const auto& part : each.parts) {
        auto* stream = stream_of(part.stream);
        if (stream == nullptr) stream = &unnamed(part);
        stream->next = std::max(stream->next, part.numbers.end);
      }
  }

  // Data whose name was lost with every record of cursors: it must not pass for something nobody reads.
  stream_entry& unnamed(const segment_part& part) {
    const auto name = "recovered-" + std::to_string(part.stream);
    log_.error(who, "the name of the pipeline that wrote " +
                        std::to_string(part.numbers.end - part.numbers.first) +
                        " samples is lost; they are kept as " + name);
    return made_.all.streams.emplace_back(stream_entry{part.stream, part.numbers.end, name});
  }

  void adopt_unnamed() {
    for (const auto& stream : made_.all.streams) {
      if (!stream.name.starts_with("recovered-")) continue;
      const auto reads = [&](const auto& reader) { return reader.stream == stream.id; };
      if (std::any_of(made_.all.readers.begin(), made_.all.readers.end(), reads)) continue;
      reader_entry keeper;
      for (const auto& each : made_.all.readers) keeper.id = std::max(keeper.id, each.id + 1);
      keeper.stream = stream.id;
      keeper.start = keeper.floor = first_number(stream);
      keeper.name = "unknown";
      made_.all.readers.push_back(keeper);
    }
  }

  // That a segment has; the next one's if none has any.
  std::uint64_t first_number(const stream_entry& stream) const {
    auto first = stream.next;
    for (const auto& each : made_.segments)
      if (const auto* part = each.part_of(stream.id)) first = std::min(first, part->numbers.first);
    return first;
  }

  // What a cut-off commit has left out: numbers behind the last whole commit that no record holds.
  void find_holes() {
    if (contents_.empty()) return;
    for (const auto& extra : contents_.back().uncommitted) {
      auto& next = confirmed_[extra.stream];
      if (extra.numbers.first > next)
        made_.unconfirmed.push_back({extra.stream, {next, extra.numbers.first}});
      next = std::max(next, extra.numbers.end);
    }
    for (const auto& each : made_.all.streams)
      if (const auto next = confirmed_[each.id]; next < each.next)
        made_.unconfirmed.push_back({each.id, {next, each.next}});
  }

  folder& files_;
  const std::uint64_t segment_bytes_;
  observe::log& log_;
  std::uint32_t seed_ = 0;
  std::vector<candidate> candidates_;
  std::vector<segment_content> contents_;
  std::map<std::uint32_t, std::uint64_t> confirmed_;  // by stream: the number behind the last commit's
  recovered made_;
};

}  // namespace

recovered recover(folder& files, std::uint64_t segment_bytes, observe::log& log) {
  return recoverer{files, segment_bytes, log}.run();
}

}  // namespace tidegate::spool
