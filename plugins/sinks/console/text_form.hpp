// Samples for people: one line each.
//
//   12:00:00.250 cpu{cpu=total,host=gw-1} usage=12.3 user=8.1 mode="idle"
//
// Local time; a value looks as it would in the line protocol, but integers have no suffix. Control
// characters are written as \n or \x1b, so that no sample can play tricks with the terminal. Pure functions;
// any thread.
#pragma once

#include <string>
#include <string_view>

#include "tidegate/batch.hpp"

namespace tidegate::console_sink {

// Appends the line, with its newline.
void append_text(const sample_view& sample, std::string& to);

// Two digits a byte.
void append_hexadecimal(std::string_view bytes, std::string& to);

}  // namespace tidegate::console_sink
