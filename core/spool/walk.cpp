#include "spool/walk.hpp"

#include "spool/scanner.hpp"

namespace tidegate::spool {

namespace {

stretch stretch_of(const scanner& at, bool whole) {
  stretch made;
  made.header = at.header();
  made.offset = at.offset();
  made.end = at.position();
  whole = whole && (made.header.type != record_type::data || at.holds_batch());
  made.what = whole ? stretch::kind::record : stretch::kind::unreadable_record;
  if (whole) made.payload = at.payload();
  return made;
}

stretch without_record(std::uint64_t offset, std::uint64_t end) {
  stretch made;
  made.offset = offset;
  made.end = end;
  return made;
}

}  // namespace

std::error_code walk(const file& from, const walk_options& of,
                     const std::function<bool(const stretch&)>& visit) {
  scanner records{from, of.seed, of.generation, {block_bytes, of.bytes}};
  std::uint64_t reached = block_bytes;
  std::error_code first_error;
  for (auto found = records.next(); found != scanner::found::end; found = records.next()) {
    if (found == scanner::found::error) {
      if (!first_error) first_error = records.error();
      records.skip_unreadable();
      continue;
    }
    const auto here = stretch_of(records, found == scanner::found::record);
    if (here.offset != reached && !visit(without_record(reached, here.offset))) break;
    reached = here.end;
    if (!visit(here)) break;
  }
  return first_error;
}

}  // namespace tidegate::spool
