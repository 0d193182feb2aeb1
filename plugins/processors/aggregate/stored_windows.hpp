// The windows of a series over an orderly restart.
#pragma once

#include "accumulator.hpp"
#include "field_names.hpp"
#include "series/snapshot.hpp"
#include "series_windows.hpp"

namespace tidegate::aggregate {

void save(series::snapshot_writer& to, const series_windows& from, const functions& of,
          const field_names& names);
// What it gives is whole if the reader is good afterwards.
series_windows load(series::snapshot_reader& from, const functions& of, field_names& names);

}  // namespace tidegate::aggregate
