// A spool's folder for those who only look: recovery works on it as on any other, and nothing changes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spool/folder.hpp"

namespace tidegate::spool {

// Whatever would change a byte, a name or a size answers EROFS and never reaches the folder behind; a sync is
// done at once, since there is nothing to keep. The folder behind outlives it. Threads as it.
class read_only_folder final : public folder {
 public:
  explicit read_only_folder(folder& behind) : behind_{behind} {}

  std::error_code list(std::vector<std::string>& names) const override { return behind_.list(names); }
  std::error_code open(const std::string& name, std::shared_ptr<file>& opened) override;
  std::error_code create(const std::string& name, std::shared_ptr<file>& made) override;
  std::error_code remove(const std::string& name) override;
  std::error_code rename(const std::string& name, const std::string& to) override;
  std::error_code sync() override { return {}; }
  std::error_code free_space(std::uint64_t& bytes) const override { return behind_.free_space(bytes); }

 private:
  folder& behind_;
};

}  // namespace tidegate::spool
