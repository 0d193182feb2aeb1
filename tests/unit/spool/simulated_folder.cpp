#include "simulated_folder.hpp"

#include <algorithm>
#include <cstring>

namespace tidegate::spool {

namespace {

constexpr std::size_t sector = 512;

std::error_code make(std::errc what) { return std::make_error_code(what); }

}  // namespace

struct simulated_folder::inode {
  using bytes = std::vector<std::byte>;
  bytes now;
  bytes durable;
  // Sectors that a sync would write, each with what it held since the last one, before it was written again.
  std::map<std::size_t, std::vector<bytes>> dirty;
  std::uint64_t bad_begin = 0;
  std::uint64_t bad_end = 0;
  std::set<std::size_t> lost;                             // given up by a failed sync
  std::shared_ptr<int> opened = std::make_shared<int>();  // shared with each handle

  bool is_open() const { return opened.use_count() > 1; }

  void change(std::uint64_t offset, const std::byte* from, std::size_t count) {
    if (count == 0) return;
    for (auto each = offset / sector; each <= (offset + count - 1) / sector; ++each) {
      const auto [earlier, is_first] = dirty.try_emplace(each);
      if (!is_first) earlier->second.push_back(image(now, each));
      lost.erase(each);
    }
    if (now.size() < offset + count) now.resize(offset + count);
    std::memcpy(now.data() + offset, from, count);
  }

  static bytes image(const bytes& of, std::size_t index) {
    const auto begin = std::min(of.size(), index * sector);
    const auto end = std::min(of.size(), begin + sector);
    return {of.begin() + static_cast<std::ptrdiff_t>(begin), of.begin() + static_cast<std::ptrdiff_t>(end)};
  }
  static void place(bytes& into, std::size_t index, const bytes& what) {
    if (what.empty()) return;
    if (into.size() < index * sector + what.size()) into.resize(index * sector + what.size());
    std::copy(what.begin(), what.end(), into.begin() + static_cast<std::ptrdiff_t>(index * sector));
  }

  void sync() {
    for (const auto& [index, earlier] : dirty) place(durable, index, image(now, index));
    dirty.clear();
    durable.resize(now.size());
  }

  void fail_sync(random& draw) {
    for (const auto& [index, earlier] : dirty) {
      if (draw() % 2 == 0) {
        place(durable, index, image(now, index));
      } else {
        lost.insert(index);
      }
    }
    dirty.clear();
  }

  void evict() {
    for (const auto index : lost) {
      auto there = image(durable, index);
      there.resize(image(now, index).size());
      place(now, index, there);
    }
    lost.clear();
  }

  void lose_power(random& draw) {
    for (const auto& [index, earlier] : dirty) {
      const auto fate = draw() % 8;
      if (fate < 4) continue;
      const auto which = draw() % (earlier.size() + 1);
      const auto written = which < earlier.size() ? earlier[which] : image(now, index);
      place(durable, index, fate == 7 ? torn(image(durable, index), written, draw) : written);
    }
    if (durable.size() < now.size() && draw() % 4 == 0)
      durable.resize(draw() % 2 == 0 ? now.size() : durable.size() + draw() % (now.size() - durable.size()));
    now = durable;
    dirty.clear();
    lost.clear();
  }

  // The first bytes, or some of them, and something else.
  static bytes torn(bytes before, const bytes& written, random& draw) {
    before.resize(written.size());
    const auto end = draw() % (written.size() + 1);
    if (draw() % 2 == 0) {
      std::copy_n(written.begin(), end, before.begin());
      return before;
    }
    before = written;
    for (auto& each : before)
      if (draw() % 4 == 0) each = static_cast<std::byte>(draw());
    return before;
  }
};

class simulated_folder::handle final : public file {
 public:
  handle(simulated_folder& of, std::shared_ptr<inode> to)
      : folder_{of}, inode_{std::move(to)}, opened_{inode_->opened}, life_{of.life_} {}

  std::error_code read(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) const override {
    got = 0;
    if (is_stale()) return stale();
    if (const auto failed = folder_.failing(call::read)) return failed;
    const auto& from = inode_->now;
    if (offset >= from.size()) return {};
    got = std::min<std::size_t>(into.size(), from.size() - offset);
    if (offset < inode_->bad_end && inode_->bad_begin < offset + got) return make(std::errc::io_error);
    std::copy_n(from.data() + offset, got, into.data());
    folder_.bytes_read_ += got;
    return {};
  }

  std::error_code write(std::uint64_t offset, std::span<const iovec> parts) override {
    std::vector<std::byte> all;
    for (const auto& part : parts) {
      const auto* from = static_cast<const std::byte*>(part.iov_base);
      all.insert(all.end(), from, from + part.iov_len);
    }
    if (is_stale()) return stale();
    if (const auto failed = folder_.failing(call::write)) {
      write_some(offset, all);
      return failed;
    }
    if (folder_.power_goes()) {
      write_some(offset, all);
      throw power_cut{};
    }
    const auto size = inode_->now.size();
    const auto growth = offset + all.size() > size ? offset + all.size() - size : 0;
    if (growth != 0 && folder_.used() + growth > folder_.capacity_) {
      const auto fits = all.size() - std::min<std::uint64_t>(all.size(), growth);
      inode_->change(offset, all.data(), static_cast<std::size_t>(fits));
      return make(std::errc::no_space_on_device);
    }
    folder_.sectors_ += (all.size() + sector - 1) / sector;
    inode_->change(offset, all.data(), all.size());
    return {};
  }

  std::error_code sync() override {
    if (is_stale()) return stale();
    if (const auto failed = folder_.failing(call::sync)) {
      inode_->fail_sync(folder_.tear_);
      return failed;
    }
    if (folder_.power_goes()) throw power_cut{};
    inode_->sync();
    return {};
  }

  void drop_cache() noexcept override { inode_->evict(); }

  std::error_code size(std::uint64_t& bytes) const override {
    if (is_stale()) return stale();
    if (const auto failed = folder_.failing(call::size)) return failed;
    bytes = inode_->now.size();
    return {};
  }

 private:
  // Closed by the end of the process that opened it.
  bool is_stale() const { return life_ != folder_.life_; }
  static std::error_code stale() { return make(std::errc::io_error); }
  void write_some(std::uint64_t offset, const std::vector<std::byte>& all) {
    for (std::size_t begin = 0; begin < all.size(); begin += sector)
      if (folder_.tear_() % 2 == 0)
        inode_->change(offset + begin, all.data() + begin, std::min(sector, all.size() - begin));
  }

  simulated_folder& folder_;
  std::shared_ptr<inode> inode_;
  std::shared_ptr<int> opened_;
  std::uint64_t life_;
};

std::error_code simulated_folder::list(std::vector<std::string>& into) const {
  if (const auto failed = failing(call::list)) return failed;
  into = names();
  return {};
}

std::error_code simulated_folder::open(const std::string& name, std::shared_ptr<file>& opened) {
  if (const auto failed = failing(call::open)) return failed;
  const auto found = now_.find(name);
  if (found == now_.end()) return make(std::errc::no_such_file_or_directory);
  opened = std::make_shared<handle>(*this, found->second);
  return {};
}

std::error_code simulated_folder::create(const std::string& name, std::shared_ptr<file>& made) {
  if (const auto failed = failing(call::create)) return failed;
  if (now_.count(name) != 0) return make(std::errc::file_exists);
  if (power_goes()) throw power_cut{};
  const auto node = std::make_shared<inode>();
  take({{}, name, node});
  made = std::make_shared<handle>(*this, node);
  return {};
}

std::error_code simulated_folder::remove(const std::string& name) {
  if (const auto failed = failing(call::remove)) return failed;
  const auto found = now_.find(name);
  if (found == now_.end()) return make(std::errc::no_such_file_or_directory);
  if (power_goes()) throw power_cut{};
  take({name, {}, found->second});
  return {};
}

std::error_code simulated_folder::rename(const std::string& name, const std::string& to) {
  if (const auto failed = failing(call::rename)) return failed;
  const auto found = now_.find(name);
  if (found == now_.end()) return make(std::errc::no_such_file_or_directory);
  if (power_goes()) throw power_cut{};
  if (name != to) take({name, to, found->second});
  return {};
}

std::error_code simulated_folder::sync() {
  if (const auto failed = failing(call::sync_folder)) return failed;
  if (power_goes()) throw power_cut{};
  durable_ = now_;
  steps_.clear();
  return {};
}

// What has the name it had before is not touched: a step before this one may not have happened.
void simulated_folder::step::apply(names_map& names) const {
  if (!from.empty()) {
    const auto found = names.find(from);
    if (found == names.end() || found->second != node) return;
    names.erase(found);
  }
  if (!to.empty()) names[to] = node;
}

void simulated_folder::take(step made) {
  // What a name is taken from is gone, but for those that have it open.
  const auto loser = now_.find(made.to.empty() ? made.from : made.to);
  if (loser != now_.end()) unlinked_.push_back(loser->second);
  made.apply(now_);
  steps_.push_back(std::move(made));
}

std::error_code simulated_folder::free_space(std::uint64_t& bytes) const {
  if (const auto failed = failing(call::free_space)) return failed;
  bytes = capacity_ - std::min(capacity_, used());
  return {};
}

// ---- power ---------------------------------------------------------------------------------------------

bool simulated_folder::power_goes() {
  ++changes_;
  if (!cut_after_) return false;
  if ((*cut_after_)-- != 0) return false;
  cut_after_.reset();
  return true;
}

void simulated_folder::lose_power(random& draw) {
  const auto in_order = draw() % 2 == 0;
  const auto count = in_order ? draw() % (steps_.size() + 1) : steps_.size();
  for (std::size_t index = 0; index < count; ++index)
    if (in_order || draw() % 2 == 0) steps_[index].apply(durable_);
  now_ = durable_;
  steps_.clear();
  for (const auto& [name, node] : now_) node->lose_power(draw);
  begin_life();
  faults_.clear();
}

void simulated_folder::kill() { begin_life(); }

void simulated_folder::evict() {
  for (const auto& [name, node] : now_) node->evict();
}

void simulated_folder::begin_life() {
  ++life_;
  for (const auto& [name, node] : now_) node->opened = std::make_shared<int>();
  unlinked_.clear();
  cut_after_.reset();
}

// ---- errors --------------------------------------------------------------------------------------------

void simulated_folder::fail(call kind, std::errc with, std::uint64_t after, std::uint64_t times) {
  faults_.push_back({kind, with, after, times});
}

void simulated_folder::make_unreadable(const std::string& name, std::uint64_t begin, std::uint64_t end) {
  now_.at(name)->bad_begin = begin;
  now_.at(name)->bad_end = end;
}

std::error_code simulated_folder::failing(call kind) const {
  for (auto& each : faults_) {
    if (each.kind != kind || each.times == 0) continue;
    if (each.after != 0) {
      --each.after;
      continue;
    }
    --each.times;
    return make(each.with);
  }
  return {};
}

std::uint64_t simulated_folder::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, node] : now_) bytes += node->now.size();
  for (const auto& each : unlinked_)
    if (const auto node = each.lock(); node && node->is_open()) bytes += node->now.size();
  return bytes;
}

// ---- surgery -------------------------------------------------------------------------------------------

std::vector<std::byte>& simulated_folder::content(const std::string& name) { return now_.at(name)->now; }

std::vector<std::string> simulated_folder::names() const {
  std::vector<std::string> all;
  for (const auto& [name, node] : now_) all.push_back(name);
  return all;
}

void simulated_folder::put(const std::string& name, std::vector<std::byte> bytes) {
  const auto node = std::make_shared<inode>();
  node->now = node->durable = std::move(bytes);
  now_[name] = durable_[name] = node;
  // A step that was not synced must not bring back what had the name.
  steps_.erase(std::remove_if(steps_.begin(), steps_.end(),
                              [&](const auto& each) { return each.from == name || each.to == name; }),
               steps_.end());
}

std::unique_ptr<simulated_folder> simulated_folder::copy() const {
  auto made = std::make_unique<simulated_folder>();
  for (const auto& [name, node] : now_) made->put(name, node->now);
  return made;
}

std::unique_ptr<simulated_folder> simulated_folder::fork() const {
  std::map<const inode*, std::shared_ptr<inode>> copies;
  const auto copy_of = [&](const std::shared_ptr<inode>& node) {
    auto& made = copies[node.get()];
    if (!made) {
      made = std::make_shared<inode>(*node);
      made->opened = std::make_shared<int>();
    }
    return made;
  };
  auto made = std::make_unique<simulated_folder>();
  for (const auto& [name, node] : now_) made->now_[name] = copy_of(node);
  for (const auto& [name, node] : durable_) made->durable_[name] = copy_of(node);
  for (const auto& each : steps_) made->steps_.push_back({each.from, each.to, copy_of(each.node)});
  made->capacity_ = capacity_;
  made->tear_ = tear_;
  return made;
}

}  // namespace tidegate::spool
