#include "config/difference.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>

namespace tidegate::config {

namespace {

// Texts with their lengths before them, so that no two things are written alike.
class writer {
 public:
  writer& add(std::string_view text) {
    made_ += std::to_string(text.size()) + ":";
    made_ += text;
    return *this;
  }
  writer& add(std::uint64_t number) { return add(std::string_view{std::to_string(number)}); }
  writer& add(std::int64_t number) { return add(std::string_view{std::to_string(number)}); }
  writer& add(std::chrono::nanoseconds time) { return add(std::int64_t{time.count()}); }
  writer& add(double number) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    return add(std::string_view{text, static_cast<std::size_t>(end - text)});
  }
  template <class Value>
  writer& add_optional(const std::optional<Value>& of) {
    mark(of ? '+' : '-');
    return of ? add(*of) : *this;
  }
  writer& add(const std::vector<std::string>& texts) {
    add(std::uint64_t{texts.size()});
    for (const auto& each : texts) add(std::string_view{each});
    return *this;
  }
  writer& add(const std::map<std::string, std::string>& texts) {
    add(std::uint64_t{texts.size()});
    for (const auto& [key, text] : texts) add(std::string_view{key}).add(std::string_view{text});
    return *this;
  }
  writer& add(const limit_number& limit) { return add(limit.number).add_optional(limit.whole); }
  void mark(char kind) { made_ += kind; }

  void add_value(const value& of) {
    mark(static_cast<char>('a' + of.data.index()));
    if (const auto* truth = std::get_if<bool>(&of.data)) mark(*truth ? '1' : '0');
    if (const auto* whole = std::get_if<std::int64_t>(&of.data)) add(*whole);
    if (const auto* number = std::get_if<double>(&of.data)) add(*number);
    if (const auto* text = std::get_if<std::string>(&of.data)) add(std::string_view{*text});
    if (const auto* items = std::get_if<value::list>(&of.data)) {
      add(std::uint64_t{items->size()});
      for (const auto& each : *items) add_value(each);
    }
    if (const auto* entries = std::get_if<value::map>(&of.data)) add_entries(*entries);
  }

  void add_instance(const instance& of) {
    add(std::string_view{of.name}).add(std::string_view{of.plugin});
    add_value(of.options);
    add(of.tags).add_optional(of.interval).add(of.ring).add(of.ring_bytes_max);
    mark(of.report_gaps ? '1' : '0');
    add(std::uint64_t{of.batch.max_samples}).add(std::uint64_t{of.batch.max_bytes}).add(of.batch.max_wait);
    add(of.retry.min).add(of.retry.max);
    mark(of.catch_up_rate ? '+' : '-');
    add(std::uint64_t{of.catch_up_rate.value_or(0)});
    mark(of.live_first ? '1' : '0');
  }

  void add_condition(const condition& of) {
    add(of.name);
    add(std::uint64_t{of.tags.size()});
    for (const auto& [key, patterns] : of.tags) add(std::string_view{key}).add(patterns);
    add(of.field);
    for (const auto* each : {&of.above, &of.below, &of.at_least, &of.at_most}) add_optional(*each);
    mark(of.equals ? static_cast<char>('a' + of.equals->index()) : '-');
    if (!of.equals) return;
    if (const auto* truth = std::get_if<bool>(&*of.equals)) mark(*truth ? '1' : '0');
    if (const auto* limit = std::get_if<limit_number>(&*of.equals)) add(*limit);
    if (const auto* text = std::get_if<std::string>(&*of.equals)) add(std::string_view{*text});
  }

  void add_buffer(const buffer& of) {
    mark(of.type == buffer_type::disk ? 'd' : 'm');
    mark(static_cast<char>('a' + static_cast<int>(of.commit.when)));
    add(of.commit.window).add(of.max_bytes).add_optional(of.max_samples).add_optional(of.max_age);
    mark(static_cast<char>('a' + static_cast<int>(of.when_full)));
    mark(of.report_gaps ? '1' : '0');
  }

  std::string take() { return std::move(made_); }

 private:
  // In whatever order they were written.
  void add_entries(const value::map& entries) {
    std::map<std::string_view, const value*> sorted;
    for (const auto& [key, held] : entries) sorted.emplace(key, &held);
    add(std::uint64_t{sorted.size()});
    for (const auto& [key, held] : sorted) {
      add(key);
      add_value(*held);
    }
  }

  std::string made_;
};

}  // namespace

std::string identity_of_source(const instance& of, const std::map<std::string, std::string>& tags) {
  writer made;
  made.add_instance(of);
  made.add(tags);
  return made.take();
}

std::string identity_of_sink(const instance& of) {
  writer made;
  made.add_instance(of);
  return made.take();
}

std::string identity_of_steps(const pipeline& of) {
  writer made;
  for (const auto& each : of.process) made.add_instance(each);
  return made.take();
}

std::string identity_of_pipeline(const pipeline& of) {
  writer made;
  made.add(identity_of_steps(of)).add(of.from).add(of.from_pipelines).add(of.from_rejected).add(of.to);
  made.add(std::uint64_t{of.when.size()});
  for (const auto& each : of.when) made.add_condition(each);
  made.add_buffer(of.buffer);
  return made.take();
}

identities identities_of(const gateway& all) {
  identities made;
  for (const auto& each : all.sources) made["source " + each.name] = identity_of_source(each, all.tags);
  for (const auto& each : all.pipelines) made["pipeline " + each.name] = identity_of_pipeline(each);
  for (const auto& each : all.sinks) made["sink " + each.name] = identity_of_sink(each);
  return made;
}

// FNV-1a, 64 bits: of two texts of one instance, not of all that could be made up.
std::string short_identity(std::string_view identity) {
  std::uint64_t sum = 14695981039346656037u;
  for (const char each : identity) sum = (sum ^ static_cast<unsigned char>(each)) * 1099511628211u;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(sum));
  return text;
}

difference difference_between(const identities& before, const identities& after) {
  difference made;
  for (const auto& [name, identity] : after) {
    const auto known = before.find(name);
    if (known == before.end())
      made.added.push_back(name);
    else
      (known->second == identity ? made.kept : made.changed).push_back(name);
  }
  for (const auto& [name, identity] : before)
    if (after.count(name) == 0) made.removed.push_back(name);
  return made;
}

std::string to_text(const difference& of) {
  std::string text;
  const auto tell = [&](const std::vector<std::string>& names, const char* what) {
    if (names.empty()) return;
    text += (text.empty() ? "" : ", ") + std::to_string(names.size()) + " " + what;
    std::string list;
    for (const auto& each : names) list += (list.empty() ? "" : ", ") + each;
    text += " (" + list + ")";
  };
  tell(of.added, "added");
  tell(of.changed, "changed");
  tell(of.removed, "removed");
  return text + (text.empty() ? "" : ", ") + std::to_string(of.kept.size()) + " kept";
}

}  // namespace tidegate::config
