// What the encodings that write a sample as an object of keys and values (JSON, CBOR) have as options.
#pragma once

#include <optional>
#include <string>

#include "codec/settings.hpp"

namespace tidegate::codec {

struct object_settings {
  bool is_sequence = false;  // objects one after the other, each for itself, however many there are
  bool array_always = false;
  bool flat = false;
  bool with_missing = false;
  time_settings time;
  std::optional<std::string> name;
  selection tags;
  selection fields;

  // In the flat layout the time and the name keep their keys, whatever a sample brings.
  bool is_reserved(std::string_view key) const noexcept {
    return flat && ((time.is_written && key == time.key) || (name && key == *name));
  }
};

// Throws tidegate::error (configuration), also where two things would have one key.
object_settings read_object_settings(const options& encoding, bool is_sequence);

}  // namespace tidegate::codec
