#include "messages/message_plan.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "tidegate/error.hpp"

namespace tidegate::messages {
namespace {

// Samples of one kind differ in length a little; a payload that turns out too large was made for nothing.
constexpr double caution = 0.97;

// Finds the group of each sample; neighbours usually share it.
class sorter {
 public:
  sorter(const text_template& topics, const topic_check& check) : topics_{topics}, check_{check} {}

  void add(const void* block, std::uint32_t row, std::uint32_t index) {
    const auto sample = batch_view{block}[row];
    if (block != block_ || sample.series_index() != series_) choose(block, sample);
    if (!group_) return reject(index);
    auto& to = plan_.groups[*group_];
    to.indices.push_back(index);
    auto& slices = to.slices;
    if (!slices.empty() && slices.back().block == block && slices.back().first + slices.back().count == row)
      ++slices.back().count;
    else
      slices.push_back({block, row, 1});
  }
  message_plan take() { return std::move(plan_); }

 private:
  void choose(const void* block, const sample_view& sample) {
    block_ = block;
    series_ = sample.series_index();
    group_.reset();
    topic_.clear();
    std::string_view missing;
    if (!topics_.append(topic_, sample, missing)) {
      problem_ = "a sample of series '" + std::string{sample.name()} + "' has no tag '" +
                 std::string{missing} + "', which the " + topics_.option() + " needs; write {tags." +
                 std::string{missing} + ":-none} in '" + topics_.option() + "' for those without";
      return;
    }
    if (auto problem = check_(topic_)) {
      problem_ = std::move(*problem);
      return;
    }
    const auto [found, is_new] = known_.emplace(topic_, plan_.groups.size());
    if (is_new) plan_.groups.push_back({topic_, {}, {}});
    group_ = found->second;
  }
  void reject(std::uint32_t index) {
    if (plan_.rejected.empty()) plan_.reason = problem_;
    plan_.rejected.push_back(index);
  }

  const text_template& topics_;
  const topic_check& check_;
  message_plan plan_;
  std::unordered_map<std::string, std::size_t> known_;
  const void* block_ = nullptr;
  std::uint32_t series_ = 0;
  std::optional<std::size_t> group_;
  std::string topic_;
  std::string problem_;
};

}  // namespace

message_plan plan_messages(const delivery& of, const text_template& topics, const topic_check& check) {
  sorter made{topics, check};
  std::uint32_t index = 0;
  for (const auto& slice : of.slices())
    for (std::uint32_t row = 0; row < slice.count; ++row) made.add(slice.block, slice.first + row, index++);
  return made.take();
}

made_message message_maker::make(const topic_group& of, std::uint32_t first, std::uint32_t count_max) {
  auto count = likely_count(std::min({of.size() - first, count_max, limits_.samples_max}));
  for (;;) {
    std::string problem;
    std::size_t size = 0;
    try {
      const auto payload = encode(of, first, count);
      size = payload.size();
      if (size <= bytes_max()) {
        bytes_a_sample_ = (size + count - 1) / count;
        return {count, payload, {}};
      }
      problem = "a sample for topic '" + of.topic + "' makes a payload of " + std::to_string(payload.size()) +
                " bytes, of which " + std::to_string(bytes_max()) +
                " are allowed; choose fewer 'fields' in 'encoding'" +
                (is_raisable() ? std::string{", or raise message_max_size"} : "");
    } catch (const error& thrown) {
      if (thrown.status() == TIDEGATE_ERROR_TEMPORARY) throw;
      problem = thrown.what();
    }
    if (count == 1) return {1, {}, std::move(problem)};
    count = smaller(count, size);
  }
}

// What probably fits, where so many made so much; half, where nothing is known.
std::uint32_t message_maker::smaller(std::uint32_t count, std::size_t size) const {
  if (size <= bytes_max()) return count / 2;
  const auto fitting =
      static_cast<double>(count) * static_cast<double>(bytes_max()) / static_cast<double>(size);
  return std::clamp(static_cast<std::uint32_t>(fitting * caution), 1U, count - 1);
}

// So that a large group is not encoded as a whole to find that it does not fit.
std::uint32_t message_maker::likely_count(std::uint32_t available) const {
  if (bytes_a_sample_ == 0) return available;
  const auto fitting = std::max<std::size_t>(
      1, static_cast<std::size_t>(static_cast<double>(bytes_max() / bytes_a_sample_) * caution));
  return static_cast<std::uint32_t>(std::min<std::size_t>(available, fitting));
}

std::string_view message_maker::encode(const topic_group& of, std::uint32_t first, std::uint32_t count) {
  tidegate_delivery raw{};
  raw.size = sizeof raw;
  raw.slice_count = static_cast<std::uint32_t>(of.slices.size());
  raw.slices = of.slices.data();
  raw.sample_count = of.size();
  const auto payload = encoder_.encode(raw, first, count);
  if (how_ == compression::none || payload.empty()) return payload;
  compress(payload, how_, compressed_);
  return compressed_;
}

}  // namespace tidegate::messages
