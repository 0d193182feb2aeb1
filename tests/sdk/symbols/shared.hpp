// A variable of which every plugin must have its own. The namespace is visible as std is, and as the
// namespaces of many header-only libraries are: -fvisibility=hidden does not reach into it.
#pragma once

namespace library __attribute__((visibility("default"))) {

  template <class T>
  struct counter {
    static inline int value = 0;
  };

}  // namespace )
