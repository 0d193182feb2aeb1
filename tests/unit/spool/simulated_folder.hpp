// A folder on a disk that behaves as badly as a disk may: what was not synced is lost, torn or reordered by
// a power cut, and any call fails when it is told to. Deterministic, in memory, one thread.
//
// It is a journalling file system, so a name is never half changed: after a power cut a renamed file has the
// old name or the new one. All else that POSIX does not promise is not kept.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "spool/folder.hpp"

namespace tidegate::spool {

// Thrown out of the call at which the power goes.
struct power_cut {};

class simulated_folder final : public folder {
 public:
  using random = std::mt19937_64;
  enum class call { write, sync, create, open, remove, rename, list, read, size, sync_folder, free_space };

  // The seed decides which parts of failed calls happen.
  explicit simulated_folder(std::uint64_t seed = 1) : tear_{seed} {}

  std::error_code list(std::vector<std::string>& names) const override;
  std::error_code open(const std::string& name, std::shared_ptr<file>& opened) override;
  std::error_code create(const std::string& name, std::shared_ptr<file>& made) override;
  std::error_code remove(const std::string& name) override;
  std::error_code rename(const std::string& name, const std::string& to) override;
  std::error_code sync() override;
  std::error_code free_space(std::uint64_t& bytes) const override;

  // ---- power

  // The n-th call from now that changes something (0: the next) is cut off: of a write any part may have
  // happened.
  void cut_power_after(std::uint64_t changes) { cut_after_ = changes; }
  // What a power cut leaves: of each sector (512 bytes) that was not synced the old bytes, those of any write
  // since, or neither; of a file's growth any part, with zeros where no write has come; of what was done to
  // names since the last sync the first so many steps, or any of them. Files that are open are closed by it.
  void lose_power(random& draw);
  // What the end of the process leaves: everything, but not for good.
  void kill();

  // ---- errors

  // Calls of that kind fail, from the n-th on (0: the next), `times` of them. A failed write may have written
  // a part. A failed sync has brought some sectors to the disk and given up the others: a next sync succeeds
  // without them, and they are read as written until the system forgets them.
  void fail(call kind, std::errc with, std::uint64_t after = 0, std::uint64_t times = 1);
  void heal() { faults_.clear(); }
  // The system's memory forgets what failed syncs have given up: it is read as the disk has it.
  void evict();
  // A file's bytes from `begin` to `end` cannot be read any more.
  void make_unreadable(const std::string& name, std::uint64_t begin, std::uint64_t end);
  // Files may not grow beyond that in all. One that was removed counts until it is closed.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }

  // ---- surgery

  // What is changed in it comes back with a power cut; put() is for good.
  std::vector<std::byte>& content(const std::string& name);
  std::vector<std::string> names() const;
  void put(const std::string& name, std::vector<std::byte> bytes);
  std::uint64_t changes() const noexcept { return changes_; }
  std::uint64_t sectors_written() const noexcept { return sectors_; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  // Another folder of the same content, all of it durable.
  std::unique_ptr<simulated_folder> copy() const;
  // Another folder in the same state, with what is not synced: to try many power cuts at one moment. No file
  // of it is open.
  std::unique_ptr<simulated_folder> fork() const;

 private:
  struct inode;
  class handle;
  struct fault {
    call kind;
    std::errc with;
    std::uint64_t after;
    std::uint64_t times;
  };

  using names_map = std::map<std::string, std::shared_ptr<inode>>;
  // A step that was not synced: a file gets the name `to`, and loses the name `from`; either may be empty.
  struct step {
    std::string from;
    std::string to;
    std::shared_ptr<inode> node;

    void apply(names_map& names) const;
  };

  std::error_code failing(call kind) const;
  bool power_goes();
  void take(step made);
  void begin_life();
  std::uint64_t used() const;

  names_map now_;            // as calls see it
  names_map durable_;        // as it was at the last sync
  std::vector<step> steps_;  // from there to now
  std::vector<std::weak_ptr<inode>> unlinked_;
  std::uint64_t life_ = 0;  // handles of earlier ones are dead
  std::uint64_t changes_ = 0;
  std::uint64_t sectors_ = 0;
  mutable std::uint64_t bytes_read_ = 0;
  std::uint64_t capacity_ = UINT64_MAX;
  std::optional<std::uint64_t> cut_after_;
  mutable std::vector<fault> faults_;
  random tear_;
};

}  // namespace tidegate::spool
