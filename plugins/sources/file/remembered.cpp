#include "remembered.hpp"

#include <algorithm>
#include <charconv>

namespace tidegate::file_source {
namespace {

constexpr std::string_view first_line = "files 1\n";

void append(std::string& to, std::uint64_t number, char end) {
  char digits[16];
  const auto done = std::to_chars(digits, digits + sizeof digits, number, 16);
  to.append(digits, done.ptr);
  to += end;
}

template <class Number>
bool take(std::string_view& from, Number& into, char end) {
  const auto done = std::from_chars(from.data(), from.data() + from.size(), into, 16);
  if (done.ec != std::errc{} || done.ptr == from.data() + from.size() || *done.ptr != end) return false;
  from.remove_prefix(static_cast<std::size_t>(done.ptr - from.data()) + 1);
  return true;
}

std::optional<remembered_file> read_line(std::string_view line) {
  remembered_file made;
  unsigned finished = 0;
  if (!take(line, made.identity.device, ' ') || !take(line, made.identity.number, ' ') ||
      !take(line, made.offset, ' ') || !take(line, made.head_length, ' ') ||
      !take(line, made.head_hash, ' ') || !take(line, finished, '\n') || made.head_length > head_bytes_max ||
      made.head_length > made.offset)
    return std::nullopt;
  made.is_finished = finished != 0;
  return made;
}

}  // namespace

remembered_files remembered_files::from_text(std::string_view text, bool& is_understood) {
  remembered_files made;
  is_understood = text.empty() || text.starts_with(first_line);
  if (!text.starts_with(first_line)) return made;
  text.remove_prefix(first_line.size());
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto file = end == text.npos ? std::nullopt : read_line(text.substr(0, end + 1));
    if (file)
      made.put(*file);
    else
      is_understood = false;
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return made;
}

std::string remembered_files::to_text() const {
  std::string made{first_line};
  for (const auto& each : files_) {
    append(made, each.identity.device, ' ');
    append(made, each.identity.number, ' ');
    append(made, each.offset, ' ');
    append(made, each.head_length, ' ');
    append(made, each.head_hash, ' ');
    append(made, each.is_finished ? 1 : 0, '\n');
  }
  return made;
}

const remembered_file* remembered_files::recognise(file_identity identity, const file_head& head,
                                                   const std::set<file_identity>& others) {
  const auto is_it = [&](const remembered_file& each) {
    if (each.identity.number != identity.number || !head.begins_with(each.head_length, each.head_hash))
      return false;
    // With another device it needs a whole head to be believed.
    return each.identity == identity ||
           (each.head_length == head_bytes_max && !others.contains(each.identity));
  };
  const auto newest = std::find_if(files_.rbegin(), files_.rend(), is_it);
  if (newest == files_.rend()) return nullptr;
  auto made = *newest;
  made.identity = identity;
  std::erase_if(files_, [&](const auto& each) { return each.identity == identity || is_it(each); });
  files_.push_back(made);
  return &files_.back();
}

void remembered_files::put(const remembered_file& what) {
  forget(what.identity);
  if (files_.size() == files_max) {
    auto oldest = std::find_if(files_.begin(), files_.end(), [](const auto& it) { return it.is_finished; });
    files_.erase(oldest == files_.end() ? files_.begin() : oldest);
  }
  files_.push_back(what);
}

void remembered_files::give_up(file_identity identity) {
  for (auto& each : files_)
    if (each.identity == identity) each.is_finished = true;
}

void remembered_files::forget(file_identity identity) {
  std::erase_if(files_, [&](const auto& each) { return each.identity == identity; });
}

}  // namespace tidegate::file_source
