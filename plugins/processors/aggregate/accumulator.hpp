// What is remembered of the fields of a series in one pane, the part of a window after which the next one
// begins: words laid out by functions.hpp, field after field, and what does not fit words beside them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "functions.hpp"
#include "series/plain_value.hpp"
#include "sketch.hpp"

namespace tidegate::aggregate {

struct extra {
  sketch values;
  std::string first_text;
  std::string last_text;
};

struct pane {
  std::int64_t number = 0;  // times the length of a pane: its beginning
  std::vector<std::uint64_t> words;
  std::vector<std::unique_ptr<extra>> extras;
};

// A value of a counter that came before the window.
struct carried {
  std::uint32_t field = 0;
  std::int64_t time = 0;
  double value = 0;
};

// How the words are used. Immutable; any thread.
class accumulator {
 public:
  explicit accumulator(const functions& of) : f_{of} {}

  // Takes a value. A number is finite.
  void add(pane& to, std::uint32_t field, std::int64_t time, const series::plain_value& value) const;
  // Takes all that a later pane has.
  void merge(pane& to, const pane& later) const;

  // visit(field, words) for each field of the pane.
  template <class Visit>
  void each_field(const pane& of, Visit visit) const {
    for (std::size_t at = 0; at < of.words.size(); at += f_.size)
      visit(static_cast<std::uint32_t>(of.words[at]), of.words.data() + at);
  }
  // What the function says of the field; nothing if it cannot say anything. `before` is the counter's last
  // value before the pane, if there is one.
  std::optional<series::plain_value> result(const pane& of, const std::uint64_t* words,
                                            const function& wanted, const carried* before) const;
  // The counter's last value in it.
  std::optional<carried> last_of_counter(const std::uint64_t* words) const;

 private:
  std::uint64_t* words_of(pane& in, std::uint32_t field) const;
  extra& extra_of(pane& in, std::uint64_t* words) const;
  const extra* extra_of(const pane& in, const std::uint64_t* words) const;
  void add_number(std::uint64_t* words, std::int64_t time, double number) const;
  void add_to_counter(std::uint64_t* counter, std::int64_t time, double number) const;
  void set_point(pane& in, std::uint64_t* words, std::uint32_t at, std::int64_t time,
                 const series::plain_value& value) const;
  series::plain_value point(const pane& in, const std::uint64_t* words, std::uint32_t at) const;
  void merge_numbers(std::uint64_t* to, const std::uint64_t* later) const;
  std::optional<series::plain_value> of_counter(const std::uint64_t* words, const function& wanted,
                                                const carried* before) const;

  const functions& f_;
};

}  // namespace tidegate::aggregate
