#include "spool/disk_reader.hpp"

#include <cstring>

namespace tidegate::spool {

bool disk_reader::is_behind(const log::disk_place& place) const noexcept {
  return scanner_ && generation_ == place.generation && passed_ <= place.number;
}

disk_reader::outcome disk_reader::read(const log::disk_place& place) {
  const auto holds = [&] {
    return record_.batch && generation_ == place.generation && record_.number <= place.number &&
           place.number < record_.number + record_.batch.view().size();
  };
  if (holds()) return outcome::found;
  if (!is_behind(place)) {
    file_ = place.file;
    generation_ = place.generation;
    scanner_.emplace(*file_, place.seed, place.generation, scanner::range{block_bytes, place.written});
    passed_ = 0;
  }
  scanner_->extend(place.written);
  record_ = {};
  error_ = {};
  while (true) {
    switch (scanner_->next()) {
      case scanner::found::record:
        if (!is_wanted(place)) break;
        if (take()) return outcome::found;
        error_ = std::make_error_code(std::errc::not_enough_memory);
        scanner_.reset();
        return outcome::error;
      case scanner::found::damaged_record:
        break;
      case scanner::found::end:
        scanner_.reset();
        return outcome::nothing;
      case scanner::found::error:
        error_ = scanner_->error();
        return outcome::error;
    }
  }
}

void disk_reader::skip_unreadable() noexcept {
  if (scanner_) scanner_->skip_unreadable();
}

bool disk_reader::is_wanted(const log::disk_place& place) const noexcept {
  const auto& header = scanner_->header();
  return header.stream == place.stream && header.number + header.samples > place.number &&
         scanner_->holds_batch();
}

// False if there is no memory for it.
bool disk_reader::take() {
  const auto& header = scanner_->header();
  const auto payload = scanner_->payload();
  const auto bytes = static_cast<std::uint32_t>(payload.size());
  void* block = allocate_block(bytes);
  if (block == nullptr) return false;
  auto batch = batch_ref::adopt(block);
  std::memcpy(block, payload.data(), bytes);
  passed_ = header.number + header.samples;
  service_time_ = header.service_time;
  record_ = {std::move(batch), header.number, 0, header.samples};
  return true;
}

void disk_reader::rest() {
  scanner_.reset();
  file_.reset();
  record_ = {};
}

}  // namespace tidegate::spool
