// The encoders behind make_encoder(), one file each. `encoding` is the option, re-rooted: paths in errors
// are relative to it.
#pragma once

#include <memory>

#include "codec/encoder.hpp"

namespace tidegate::codec {

std::unique_ptr<encoder> make_json(const options& encoding, bool one_object_a_line);
std::unique_ptr<encoder> make_cbor(const options& encoding, bool is_sequence);
std::unique_ptr<encoder> make_csv(const options& encoding);
std::unique_ptr<encoder> make_line_protocol(const options& encoding);

}  // namespace tidegate::codec
