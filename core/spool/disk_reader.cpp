#include "spool/disk_reader.hpp"

#include <cstring>

#include "tidegate/batch_validate.hpp"

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
        if (!error_) break;
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
  return header.type == record_type::data && header.stream == place.stream &&
         header.number + header.samples > place.number;
}

// False if it is no batch, or with error_ if there is no memory for it.
bool disk_reader::take() {
  const auto& header = scanner_->header();
  const auto payload = scanner_->payload();
  const auto bytes = static_cast<std::uint32_t>(payload.size());
  void* block = allocate_block(bytes);
  if (block == nullptr) {
    error_ = std::make_error_code(std::errc::not_enough_memory);
    return false;
  }
  auto batch = batch_ref::adopt(block);
  std::memcpy(block, payload.data(), bytes);
  // The sums hold, so it is what a source gave; but views are made of nothing that was not proved.
  if (validate(block, bytes) != nullptr || batch.view().size() != header.samples) return false;
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
