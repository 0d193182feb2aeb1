#include "config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/message.hpp"

namespace tidegate::config {

namespace {

constexpr std::size_t depth_max = 50;
// Values and keys after aliases are expanded, long texts counting for more: a few kilobytes of aliases of
// aliases must not become gigabytes.
constexpr std::size_t weight_max = 200'000;

std::size_t weight_of(std::string_view text) { return 1 + text.size() / 32; }

std::size_t weight_of(const node& tree) {
  auto weight = weight_of(tree.text);
  for (const auto& item : tree.items) weight += weight_of(item);
  for (const auto& entry : tree.entries) weight += weight_of(entry.key) + weight_of(entry.value);
  return weight;
}

// Thrown through the parser to end it; caught in parse_yaml.
struct given_up {
  position where;
  std::string text;
};

// Whether a quoted text that begins at `at` ends before the file does: the library does not ask. Anchors and
// tags may stand before the quote.
bool is_closed(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = text.find_first_of(" \t\r\n", at);
    at = at == std::string_view::npos ? at : text.find_first_not_of(" \t\r\n", at);
  }
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return true;  // a block text
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 == text.size() || text[at + 1] != quote) return true;
      ++at;
    }
  }
  return false;
}

// Makes a tree of the parser's events.
class builder final : public YAML::EventHandler {
 public:
  builder(std::string_view text, std::shared_ptr<const std::string> file, diagnostics& said)
      : source_{text}, file_{std::move(file)}, said_{said} {}

  node take() { return std::move(root_); }

  position at(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, 0, 0};
    return {file_, mark.line + 1, mark.column + 1};
  }

  // "null" where the word is written out; the parser tells it from nothing no more.
  std::string word_at(const YAML::Mark& mark) const {
    constexpr std::string_view word = "null";
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    const bool is_word = at <= source_.size() && source_.substr(at).starts_with(word);
    return is_word ? std::string{word} : std::string{};
  }

  // Where the list or map begins that is being read.
  position innermost(const position& otherwise) const {
    return frames_.empty() ? otherwise : frames_.back().made.where;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ != 0)
      throw given_up{at(mark),
                     "a second YAML document begins here; write one document a file, without '---'"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    node made;
    made.where = at(mark);
    made.text = word_at(mark);
    add(std::move(made), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw given_up{at(mark), "the alias stands inside the value that it names"};
    count(weight_of(found->second), mark);
    auto copy = found->second;
    // What stands under an alias is reported where it is used; its inside where it is written.
    copy.where = at(mark);
    add(std::move(copy), YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    node made;
    made.type = node::kind::scalar;
    made.quoted = is_quoted(tag, mark);
    if (made.quoted && mark.pos >= 0 && !is_closed(source_, static_cast<std::size_t>(mark.pos)))
      throw given_up{at(mark), "not valid YAML: the quote that begins here is not closed"};
    made.text = text;
    made.where = at(mark);
    count(weight_of(text), mark);
    add(std::move(made), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(node::kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(node::kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct key {
    std::string text;
    position where;
    bool merge = false;
    bool ignored = false;
  };
  // A list or a map that is being read.
  struct frame {
    node made;
    YAML::anchor_t anchor;
    std::optional<key> pending;  // map: the key whose value comes next
    std::unordered_map<std::string, position> seen;
    std::vector<node> merged;  // map: what << names
  };

  void count(std::size_t weight, const YAML::Mark& mark) {
    weight_ += weight;
    if (weight_ > weight_max)
      throw given_up{at(mark), "the file holds more than " + std::to_string(weight_max) +
                                   " values, counting what aliases (*) stand for; make it smaller"};
  }

  bool is_quoted(const std::string& tag, const YAML::Mark& mark) const {
    if (tag.empty() || tag == "?") return false;
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return true;
    throw given_up{at(mark), "the YAML tag " + in_quotes(tag) + " is not supported; remove it"};
  }

  void open(node::kind type, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    is_quoted(tag, mark);
    count(1, mark);
    if (frames_.size() >= depth_max)
      throw given_up{at(mark), "values are nested deeper than " + std::to_string(depth_max) + " levels"};
    if (!frames_.empty() && frames_.back().made.type == node::kind::map && !frames_.back().pending)
      throw given_up{at(mark),
                     "a list or a map cannot be a key; write 'name: value', and quote texts that begin "
                     "with [ or {"};
    frames_.emplace_back();
    frames_.back().made.type = type;
    frames_.back().made.where = at(mark);
    frames_.back().anchor = anchor;
  }

  void close() {
    auto done = std::move(frames_.back());
    frames_.pop_back();
    for (auto& from : done.merged) merge(from, done.made, done.seen);
    add(std::move(done.made), done.anchor);
  }

  // A map's own keys win over merged ones, and earlier merged ones over later.
  static void merge(node& from, node& into, std::unordered_map<std::string, position>& seen) {
    for (auto& entry : from.entries)
      if (seen.try_emplace(entry.key, entry.where).second) into.entries.push_back(std::move(entry));
  }

  void add(node made, YAML::anchor_t anchor) {
    made.named = made.where;
    if (anchor != YAML::NullAnchor) {
      weight_ += weight_of(made);
      anchors_[anchor] = made;
    }
    if (frames_.empty()) {
      root_ = std::move(made);
    } else if (auto& top = frames_.back(); top.made.type == node::kind::list) {
      top.made.items.push_back(std::move(made));
    } else if (!top.pending) {
      begin_entry(top, std::move(made));
    } else {
      end_entry(top, std::move(made));
    }
  }

  void begin_entry(frame& top, node made) {
    const bool is_word = made.type == node::kind::null && !made.text.empty();
    if (made.type != node::kind::scalar && !is_word)
      throw given_up{made.where, "a key is missing before ':'"};
    key next{std::move(made.text), made.where, false, false};
    next.merge = next.text == "<<" && !made.quoted;
    if (!next.merge) {
      const auto [first, is_new] = top.seen.try_emplace(next.text, next.where);
      next.ignored = !is_new;
      if (!is_new)
        said_.error(next.where, child_path(path(), next.text),
                    "is written twice; the first is at " + to_string(first->second) + "; remove one of them");
    }
    top.pending = std::move(next);
  }

  void end_entry(frame& top, node made) {
    const auto name = std::move(*top.pending);
    top.pending.reset();
    if (name.merge) {
      take_merged(top, std::move(made));
    } else if (!name.ignored) {
      made.named = name.where;
      top.made.entries.push_back({name.text, name.where, std::move(made)});
    }
  }

  void take_merged(frame& top, node made) {
    if (made.type == node::kind::map) return top.merged.push_back(std::move(made));
    for (auto& item : made.items) {
      if (item.type != node::kind::map) throw given_up{item.where, "'<<' takes a map or a list of maps"};
      top.merged.push_back(std::move(item));
    }
    if (made.type != node::kind::list) throw given_up{made.where, "'<<' takes a map or a list of maps"};
  }

  // Of what is being read: "sinks.archive".
  std::string path() const {
    std::string all;
    for (const auto& open : frames_) {
      if (open.made.type == node::kind::list)
        all = child_path(all, open.made.items.size());
      else if (open.pending)
        all = child_path(all, open.pending->text);
    }
    return all;
  }

  std::string_view source_;
  std::shared_ptr<const std::string> file_;
  diagnostics& said_;
  node root_;
  std::vector<frame> frames_;
  std::map<YAML::anchor_t, node> anchors_;
  std::size_t weight_ = 0;
  int documents_ = 0;
};

// The library's words, and what usually is the matter.
std::string explained(const std::string& message) {
  using hint = std::pair<std::string_view, std::string_view>;
  static const std::array<hint, 10> hints{{
      {YAML::ErrorMsg::END_OF_MAP,
       "check the indentation of this line, and that each line above is 'key: value'"},
      {YAML::ErrorMsg::END_OF_SEQ, "check the indentation of this line; items of a list begin with '- '"},
      {YAML::ErrorMsg::MAP_VALUE, "a ':' stands where no value can begin; quote texts that contain ': '"},
      {YAML::ErrorMsg::MAP_KEY, "a key stands where none can begin; check the indentation"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "a '- ' stands where no list can begin; check the indentation"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, "a closing quote is missing"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN, "quote texts that begin with one of @ ` % & * ! | > [ ] { }"},
      {YAML::ErrorMsg::FLOW_END, "a ']' or '}' closes nothing"},
      {YAML::ErrorMsg::INVALID_ESCAPE, "write \\\\ for a backslash, or use single quotes"},
      {YAML::ErrorMsg::UNKNOWN_ANCHOR,
       "mark a value above with &NAME first, or quote texts that begin with *"},
  }};
  for (const auto& [known, mend] : hints)
    if (message.starts_with(known)) return "not valid YAML: " + shown(message) + "; " + std::string{mend};
  return "not valid YAML: " + shown(message);
}

// The column of a tab that a line is indented with; 0 if it is not.
int tab_column(std::string_view text, int line) {
  for (; line > 0; --line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return 0;
    text.remove_prefix(end + 1);
  }
  const auto first = text.find_first_not_of(' ');
  return first != std::string_view::npos && text[first] == '\t' ? static_cast<int>(first) + 1 : 0;
}

// Says where the mistake is, which the library often notices only lines later.
void report(const YAML::Exception& failed, const builder& made, std::string_view text, diagnostics& said) {
  const auto noticed = made.at(failed.mark);
  const bool unclosed_map = failed.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
  if (unclosed_map || failed.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW) {
    said.error(made.innermost(noticed), {},
               std::string{"not valid YAML: this '"} + (unclosed_map ? "{" : "[") +
                   "' is not closed, or a ',' or a quote is missing after it; noticed in line " +
                   std::to_string(noticed.line));
  } else if (const auto column = noticed.line > 0 ? tab_column(text, noticed.line - 1) : 0; column != 0) {
    said.error({noticed.file, noticed.line, column}, {}, "not valid YAML: indent with spaces, not with tabs");
  } else {
    said.error(noticed, {}, explained(failed.msg));
  }
}

}  // namespace

std::optional<node> parse_yaml(std::string_view text, std::shared_ptr<const std::string> file,
                               diagnostics& said) {
  // The library skips it without counting.
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  builder made{text, std::move(file), said};
  try {
    std::istringstream stream{std::string{text}};
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(made)) {
    }
    return made.take();
  } catch (const given_up& stopped) {
    said.error(stopped.where, {}, stopped.text);
  } catch (const YAML::Exception& failed) {
    report(failed, made, text, said);
  }
  return std::nullopt;
}

}  // namespace tidegate::config
