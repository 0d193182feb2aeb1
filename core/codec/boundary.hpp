// The way out of the extensions of this room: errors are values behind the C table, and nothing is thrown.
#pragma once

#include <cstddef>
#include <exception>
#include <new>
#include <string_view>

#include "tidegate/abi.h"
#include "tidegate/error.hpp"

namespace tidegate::codec {

template <std::size_t Bytes>
void copy_text(char (&to)[Bytes], std::string_view from) noexcept {
  to[from.copy(to, Bytes - 1)] = '\0';
}

inline tidegate_status fail(tidegate_error* said, tidegate_status status, std::string_view text,
                            std::string_view option = {}) noexcept {
  if (said != nullptr && said->size >= sizeof *said) {
    copy_text(said->option, option);
    copy_text(said->text, text);
  }
  return status;
}

// `no_memory` is what is said then, since words cannot be put together any more.
template <class Call>
tidegate_status guard(tidegate_error* said, std::string_view no_memory, Call call) noexcept {
  try {
    return call();
  } catch (const error& thrown) {
    return fail(said, thrown.status(), thrown.what(), thrown.option());
  } catch (const std::bad_alloc&) {
    return fail(said, TIDEGATE_ERROR_TEMPORARY, no_memory);
  } catch (const std::exception& thrown) {
    return fail(said, TIDEGATE_ERROR_BUG, thrown.what());
  }
}

}  // namespace tidegate::codec
