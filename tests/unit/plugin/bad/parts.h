/* What a good plugin is made of: each of the bad ones beside this file spoils one part. */
#ifndef PARTS_H
#define PARTS_H

#include "tidegate/abi.h"

#define TEXT(literal) \
  { literal, sizeof literal - 1 }
#define EXPORT __attribute__((visibility("default")))

static inline tidegate_status create(const tidegate_host* host, const tidegate_value* options,
                                     void** instance, tidegate_error* error) {
  (void)host, (void)options, (void)instance, (void)error;
  return TIDEGATE_OK;
}
static inline tidegate_status start(void* instance, tidegate_error* error) {
  (void)instance, (void)error;
  return TIDEGATE_OK;
}
static inline void stop(void* instance) { (void)instance; }

#define GOOD_SOURCE \
  { sizeof(tidegate_source), 0, create, start, start, 0, stop, stop, 0 }
#define GOOD_COMPONENT(functions)                                                                \
  {                                                                                              \
    sizeof(tidegate_component), TIDEGATE_SOURCE, TEXT("bad"), TEXT("Is not what it should be."), \
        TEXT("{\"properties\": {}}"), functions                                                  \
  }
#define GOOD_PLUGIN(components)                                                                  \
  {                                                                                              \
    sizeof(tidegate_plugin), TIDEGATE_ABI_MAJOR, TIDEGATE_ABI_MINOR, TEXT("bad"), TEXT("1.0.0"), \
        sizeof components / sizeof *components, components                                       \
  }

#endif
