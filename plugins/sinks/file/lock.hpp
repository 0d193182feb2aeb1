// A file belongs to one writer at a time: an advisory lock (flock) on the file itself, which ends with
// the process, however it ends.
#pragma once

#include <string>

namespace tidegate::file_sink {

enum class lock_result { taken, held_by_another, not_supported };

// Locks the open file until it is closed. Does not wait.
lock_result try_lock(int file);

// "process 4711 ('tidegate')", "another sink of this program", or "another process".
std::string holder_of_lock(int file);

}  // namespace tidegate::file_sink
