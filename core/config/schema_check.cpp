// The check of a file's node against a schema's option.
#include <algorithm>
#include <filesystem>

#include "config/json.hpp"
#include "config/message.hpp"
#include "config/option.hpp"
#include "config/references.hpp"
#include "config/units.hpp"

namespace tidegate::config {

namespace {

namespace fs = std::filesystem;

// The folder that relative paths of a file are resolved against.
fs::path folder_of(const position& where) {
  std::error_code unknown;
  const auto file = where.file ? fs::path{*where.file} : fs::path{};
  const auto folder = fs::absolute(file.has_parent_path() ? file.parent_path() : fs::path{"."}, unknown);
  return folder.lexically_normal();
}

// "/etc/tidegate/" + "./out" without the dots; ".." stays, since links may stand before it.
std::string absolute_path(const fs::path& base, const std::string& text) {
  const fs::path path{text};
  if (path.is_absolute()) return text;
  const auto whole = base / path;
  const bool climbs = std::find(path.begin(), path.end(), "..") != path.end();
  return climbs ? whole.string() : whole.lexically_normal().string();
}

double as_number(const value& quantity) {
  if (const auto* whole = std::get_if<std::int64_t>(&quantity.data)) return static_cast<double>(*whole);
  return std::get<double>(quantity.data);
}

bool is_less(const value& a, const value& b) {
  const auto* left = std::get_if<std::int64_t>(&a.data);
  const auto* right = std::get_if<std::int64_t>(&b.data);
  return left != nullptr && right != nullptr ? *left < *right : as_number(a) < as_number(b);
}

bool is_quantity(const value& checked) {
  return std::holds_alternative<std::int64_t>(checked.data) || std::holds_alternative<double>(checked.data);
}

// One check of one tree. Knows where it is by its arguments.
class checker {
 public:
  checker(const check_rules& rules, const position& root, diagnostics& said)
      : rules_{rules}, base_{folder_of(root)}, said_{said} {}

  value any(const option& wanted, const node& given, const std::string& path, bool secret,
            bool outermost = false) {
    secret = secret || wanted.secret;
    auto made = by_kind(wanted, given, path, secret, outermost);
    const bool is_tree = given.type == node::kind::map || given.type == node::kind::list;
    made.where = is_tree ? given.named : given.where;
    made.secret = made.secret || secret;
    return made;
  }

 private:
  // A scalar with its references expanded.
  struct scalar {
    const node& given;
    std::string text;
    bool hidden;
  };

  value by_kind(const option& wanted, const node& given, const std::string& path, bool secret,
                bool outermost) {
    switch (given.type) {
      case node::kind::null:
        if (wanted.is(option::object)) return map(wanted, given, path, secret, outermost);
        if (given.text.empty())
          said_.error(given.named, path, "has no value; it must be " + wanted_text(wanted));
        else
          said_.error(given.named, path,
                      "null is YAML's word for no value; for the text, write it in quotes: \"null\"");
        return {};
      case node::kind::map:
        if (wanted.is(option::object)) return map(wanted, given, path, secret, outermost);
        break;
      case node::kind::list:
        if (wanted.is(option::array)) return list(wanted, given, path, secret);
        break;
      case node::kind::scalar:
        return plain(wanted, given, path, secret);
    }
    said_.error(given.named, path,
                "must be " + wanted_text(wanted) + "; this is " +
                    (given.type == node::kind::map ? "a map" : "a list"));
    return {};
  }

  value list(const option& wanted, const node& given, const std::string& path, bool secret) {
    value::list items;
    for (std::size_t index = 0; index < given.items.size(); ++index)
      items.push_back(any(*wanted.items, given.items[index], child_path(path, index), secret));
    if (items.size() < wanted.items_min) wrong_count(given, path, "needs at least ", wanted.items_min);
    if (wanted.items_max && items.size() > *wanted.items_max)
      wrong_count(given, path, "takes at most ", *wanted.items_max);
    value made;
    made.data = std::move(items);
    return made;
  }

  void wrong_count(const node& given, const std::string& path, const std::string& what, std::size_t limit) {
    said_.error(given.named, path,
                what + std::to_string(limit) + (limit == 1 ? " item" : " items") + "; this has " +
                    (given.items.empty() ? "none" : std::to_string(given.items.size())));
  }

  value map(const option& wanted, const node& given, const std::string& path, bool secret, bool outermost) {
    const auto except = outermost ? rules_.except : std::vector<std::string>{};
    value::map entries;
    std::vector<std::string> meant;  // by unknown keys: not reported as missing a second time
    for (const auto& [key, where, held] : given.entries) {
      if (std::find(except.begin(), except.end(), key) != except.end()) continue;
      const auto below = child_path(path, key);
      if (const auto* property = wanted.find(key)) {
        if (property->unchecked || is_refused(wanted, *property, given, below, where)) continue;
        entries.emplace_back(key, any(*property, held, below, secret));
      } else if (wanted.additional) {
        entries.emplace_back(key, any(*wanted.additional, held, below, secret));
      } else {
        meant.push_back(unknown(wanted, given, key, below, where, except));
      }
    }
    for (const auto& [name, property] : wanted.properties)
      if (given.find(name) == nullptr && !property.unchecked && property.refusal.empty())
        entries.emplace_back(name, absent(wanted, property, name, given, path, meant, secret));
    value made;
    made.data = std::move(entries);
    return made;
  }

  // The text of the sibling that decides whether an option applies; null if it is not known.
  std::optional<std::string> decider(const option& wanted, const option& property, const node& given) const {
    const auto* sibling = wanted.find(property.when);
    const auto* entry = given.find(property.when);
    if (entry == nullptr) {
      if (sibling == nullptr || !sibling->fallback) return std::nullopt;
      return sibling->fallback->text;
    }
    if (entry->value.type != node::kind::scalar) return std::nullopt;
    if (!rules_.expand_references) return entry->value.text;
    auto text = expand(entry->value.text, base_for(entry->value), false);
    if (!text.problem.empty()) return std::nullopt;
    return text.text;
  }

  bool applies(const option& wanted, const option& property, const node& given) const {
    if (property.when.empty()) return true;
    const auto decided = decider(wanted, property, given);
    const auto& fit = property.when_values;
    return decided && std::find(fit.begin(), fit.end(), *decided) != fit.end();
  }

  bool is_refused(const option& wanted, const option& property, const node& given, const std::string& path,
                  const position& where) {
    if (!property.refusal.empty()) {
      said_.error(where, path, property.refusal);
      return true;
    }
    if (property.when.empty()) return false;
    const auto decided = decider(wanted, property, given);
    const auto* sibling = wanted.find(property.when);
    const bool known = decided && (sibling->allowed_texts.empty() ||
                                   std::find(sibling->allowed_texts.begin(), sibling->allowed_texts.end(),
                                             *decided) != sibling->allowed_texts.end());
    if (!known || applies(wanted, property, given))
      return false;  // what is wrong with the sibling is said there
    said_.error(where, path,
                "applies only when " + property.when + " is " + listed(property.when_values) +
                    "; here it is " + shown(*decided) + "; remove it");
    return true;
  }

  // Gives the name that was probably meant.
  std::string unknown(const option& wanted, const node& given, const std::string& key,
                      const std::string& path, const position& where,
                      const std::vector<std::string>& except) {
    std::vector<std::string> candidates;
    for (const auto& [name, property] : wanted.properties)
      if (property.refusal.empty() && applies(wanted, property, given)) candidates.push_back(name);
    candidates.insert(candidates.end(), except.begin(), except.end());
    said_.error(where, path, "unknown option" + suggestion(key, candidates));
    return nearest(key, candidates);
  }

  // What an option is that was not given.
  value absent(const option& wanted, const option& property, const std::string& name, const node& given,
               const std::string& path, const std::vector<std::string>& meant, bool secret) {
    value made;
    made.secret = secret || property.secret;
    if (!applies(wanted, property, given)) return made;
    if (property.fallback) {
      const check_rules literally{{}, false};
      checker of_default{literally, given.where, said_};
      return of_default.any(property, *property.fallback, child_path(path, name), secret);
    }
    if (property.required && std::find(meant.begin(), meant.end(), name) == meant.end())
      said_.error(given.named, child_path(path, name),
                  "is required but missing; add it, such as '" + name + ": " + example_text(property) + "'");
    return made;
  }

  value plain(const option& wanted, const node& given, const std::string& path, bool secret) {
    scalar found{given, given.text, secret};
    if (rules_.expand_references && has_reference(given.text)) {
      auto text = expand(given.text, base_for(given), secret);
      if (!text.problem.empty()) {
        said_.error(given.where, path, text.problem);
        return {};
      }
      found.text = std::move(text.text);
      found.hidden = secret || text.hidden;
    }
    auto made = typed(wanted, found, path);
    made.secret = found.hidden;
    if (!made.is_null() && !(is_allowed(wanted, made, found, path) && is_in_range(wanted, made, found, path)))
      made.data = {};
    return made;
  }

  // The value of the first type that fits, in the order boolean, integer, number, string.
  value typed(const option& wanted, const scalar& found, const std::string& path) {
    value made;
    const bool bare = !found.given.quoted;
    if (wanted.unit != option::measure::none) return measured(wanted, found, path);
    if (const auto flag = parse_boolean(found.text); flag && bare && wanted.is(option::boolean))
      made.data = *flag;
    else if (const auto whole = parse_integer(found.text); whole && bare && wanted.is(option::integer))
      made.data = *whole;
    else if (const auto number = parse_number(found.text); number && bare && wanted.is(option::number))
      made.data = *number;
    else if (wanted.is(option::string))
      made.data = found.text;
    else
      wrong_type(wanted, found, path);
    return made;
  }

  value measured(const option& wanted, const scalar& found, const std::string& path) {
    value made;
    if (wanted.unit == option::measure::path) {
      if (found.text.empty() || found.text.find('\0') != std::string::npos)
        said_.error(found.given.where, path, "must be " + wanted_text(wanted) + "; this is empty");
      else
        made.data = absolute_path(base_for(found.given), found.text);
      return made;
    }
    const auto read =
        wanted.unit == option::measure::duration ? parse_duration(found.text) : parse_size(found.text);
    if (read.value)
      made.data = *read.value;
    else
      said_.error(
          found.given.where, path,
          "must be " + wanted_text(wanted) + "; " +
              (found.hidden ? "this is not" : "this is " + in_quotes(found.text) + ": " + read.problem));
    return made;
  }

  void wrong_type(const option& wanted, const scalar& found, const std::string& path) {
    said_.error(found.given.where, path,
                "must be " + wanted_text(wanted) + "; this is " + looks_like(found) + mend_of(wanted, found));
  }

  static std::string looks_like(const scalar& found) {
    if (found.hidden) return "something else, not shown because it is secret";
    if (found.given.quoted) return "the quoted text \"" + shown(found.text) + "\"";
    if (parse_number(found.text)) return "the number " + shown(found.text);
    if (parse_boolean(found.text)) return found.text;
    return "the text " + in_quotes(found.text);
  }

  static std::string mend_of(const option& wanted, const scalar& found) {
    const auto& text = found.text;
    const bool fits_unquoted = (wanted.is(option::integer) && parse_integer(text)) ||
                               (wanted.is(option::number) && parse_number(text)) ||
                               (wanted.is(option::boolean) && parse_boolean(text));
    if (found.given.quoted && fits_unquoted) return "; remove the quotes";
    if (found.hidden) return {};
    if (wanted.is(option::boolean)) {
      for (const auto* yes : {"yes", "on", "True", "TRUE", "Yes", "On", "y", "1"})
        if (text == yes) return "; write true";
      for (const auto* no : {"no", "off", "False", "FALSE", "No", "Off", "n", "0"})
        if (text == no) return "; write false";
    }
    const bool octal = text.size() > 1 && text[0] == '0' && wanted.is(option::integer) && parse_number(text);
    return octal ? "; remove the leading zeros" : std::string{};
  }

  bool is_allowed(const option& wanted, const value& made, const scalar& found, const std::string& path) {
    if (wanted.allowed.empty()) return true;
    for (const auto& allowed : wanted.allowed)
      if (same(allowed, made)) return true;
    auto text = "must be one of " + listed(wanted.allowed_texts);
    if (!found.hidden) {
      text += "; this is " + in_quotes(found.text);
      if (const auto meant = nearest(found.text, wanted.allowed_texts); !meant.empty())
        text += "; did you mean " + in_quotes(meant) + "?";
    }
    said_.error(found.given.where, path, std::move(text));
    return false;
  }

  bool is_in_range(const option& wanted, const value& made, const scalar& found, const std::string& path) {
    if (!is_quantity(made)) return true;
    const bool low = wanted.minimum && is_less(made, *wanted.minimum);
    const bool high = wanted.maximum && is_less(*wanted.maximum, made);
    if (!low && !high) return true;
    auto text = low ? "must be at least " + quantity_text(wanted, *wanted.minimum)
                    : "must be at most " + quantity_text(wanted, *wanted.maximum);
    if (!found.hidden) text += "; this is " + shown(found.text);
    said_.error(found.given.where, path, std::move(text));
    return false;
  }

  fs::path base_for(const node& given) const { return given.where.file ? folder_of(given.where) : base_; }

  const check_rules& rules_;
  fs::path base_;
  diagnostics& said_;
};

}  // namespace

const option* option::find(std::string_view name) const noexcept {
  for (const auto& [own, held] : properties)
    if (own == name) return &held;
  return nullptr;
}

option* option::find(std::string_view name) noexcept {
  return const_cast<option*>(static_cast<const option*>(this)->find(name));
}

value check_option(const option& wanted, const node& given, const std::string& path, const check_rules& rules,
                   diagnostics& said) {
  return checker{rules, given.where, said}.any(wanted, given, path, false, true);
}

}  // namespace tidegate::config
