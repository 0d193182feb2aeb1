// A variable of which every plugin must have its own. It is visible as what std has is, and as what many
// header-only libraries have: -fvisibility=hidden does not reach into it.
#pragma once

#pragma GCC visibility push(default)

namespace library {

template <class T>
struct counter {
  static inline int value = 0;
};

}  // namespace library

#pragma GCC visibility pop
