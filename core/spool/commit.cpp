#include "spool/commit.hpp"

#include <array>
#include <utility>

#include "spool/crc32c.hpp"

namespace tidegate::spool {

namespace {

constexpr std::array<std::byte, block_bytes> zeros{};

void append(std::vector<iovec>& parts, const void* data, std::size_t bytes) {
  if (bytes != 0) parts.push_back({const_cast<void*>(data), bytes});
}

}  // namespace

void commit::add(const record_header& header, std::span<const std::byte> payload) {
  records_.push_back({header, payload});
  records_bytes_ += record_bytes(payload.size());
}

void commit::add(const record_header& header, std::vector<std::byte> payload) {
  const auto& kept = kept_.emplace_back(std::move(payload));
  add(header, std::span{kept});
}

void commit::lay_out(const record& each) {
  append(parts_, &each.header, sizeof each.header);
  append(parts_, each.payload.data(), each.payload.size());
  append(parts_, zeros.data(), round_up(each.payload.size(), 8) - each.payload.size());
}

const std::vector<iovec>& commit::finish(const place& at) {
  end_ = {at.offset, 0, 0, at.utc};
  parts_.clear();
  for (auto& each : records_) {
    each.header.generation = at.generation;
    each.header.service_time = at.service_time;
    finish_header(each.header, at.seed, each.payload);
    end_.chain = crc32c(end_.chain, &each.header.crc, sizeof each.header.crc);
    lay_out(each);
  }
  end_record_.header.type = record_type::commit;
  end_record_.header.generation = at.generation;
  end_record_.header.number = at.number;
  end_record_.header.samples = static_cast<std::uint32_t>(records_.size());
  end_record_.header.service_time = at.service_time;
  end_record_.payload = std::as_bytes(std::span{&end_, 1});
  finish_header(end_record_.header, at.seed, end_record_.payload);
  lay_out(end_record_);
  append(parts_, zeros.data(), bytes() - records_bytes_ - record_bytes(sizeof end_));
  return parts_;
}

}  // namespace tidegate::spool
