#include "spool/read_only_folder.hpp"

#include <utility>

namespace tidegate::spool {

namespace {

std::error_code refused() { return std::make_error_code(std::errc::read_only_file_system); }

class read_only_file final : public file {
 public:
  explicit read_only_file(std::shared_ptr<file> behind) : behind_{std::move(behind)} {}

  std::error_code read(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) const override {
    return behind_->read(offset, into, got);
  }
  std::error_code write(std::uint64_t, std::span<const iovec>) override { return refused(); }
  std::error_code sync() override { return {}; }
  void drop_cache() noexcept override {}
  std::error_code size(std::uint64_t& bytes) const override { return behind_->size(bytes); }

 private:
  const std::shared_ptr<file> behind_;
};

}  // namespace

std::error_code read_only_folder::open(const std::string& name, std::shared_ptr<file>& opened) {
  std::shared_ptr<file> behind;
  if (const auto failed = behind_.open(name, behind)) return failed;
  opened = std::make_shared<read_only_file>(std::move(behind));
  return {};
}

std::error_code read_only_folder::create(const std::string&, std::shared_ptr<file>&) { return refused(); }
std::error_code read_only_folder::remove(const std::string&) { return refused(); }
std::error_code read_only_folder::rename(const std::string&, const std::string&) { return refused(); }

}  // namespace tidegate::spool
