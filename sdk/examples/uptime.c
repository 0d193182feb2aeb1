/*
 * A source in plain C11, without the C++ wrapper: sends the seconds since the machine was started. It builds
 * its batch by hand, as sdk/BATCH.md describes it.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tidegate/abi.h"
#include "tidegate/batch_layout.h"

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }

typedef struct uptime {
  const tidegate_host* host;
} uptime;

/* One series without tags, one field, one sample: the whole block is known beforehand. */
typedef struct block {
  tidegate_block_header header;
  char names[16]; /* "uptime" and "seconds" */
  tidegate_series_record series;
  tidegate_shape_record shape;
  tidegate_column_record column;
  tidegate_sample_record sample;
  double slot;
} block;

#define AT(member) ((uint32_t)offsetof(block, member))

static tidegate_status fail(tidegate_error* error, const char* text) {
  snprintf(error->text, sizeof error->text, "%s", text);
  return TIDEGATE_ERROR_TEMPORARY;
}

static void fill(block* to, int64_t now, double seconds) {
  memset(to, 0, sizeof *to);
  to->header.magic = TIDEGATE_BLOCK_MAGIC;
  to->header.version = TIDEGATE_BLOCK_VERSION;
  to->header.header_bytes = sizeof to->header;
  to->header.block_bytes = sizeof *to;
  to->header.series = (tidegate_section){AT(series), 1};
  to->header.tags = to->header.common_tags = (tidegate_section){AT(series), 0};
  to->header.shapes = (tidegate_section){AT(shape), 1};
  to->header.columns = (tidegate_section){AT(column), 1};
  to->header.samples = (tidegate_section){AT(sample), 1};
  to->header.slots = (tidegate_section){AT(slot), 1};
  memcpy(to->names, "uptimeseconds", 13);
  to->series.name = (tidegate_span){AT(names), 6};
  to->shape.column_count = 1;
  to->column.name = (tidegate_span){AT(names) + 6, 7};
  to->column.type = TIDEGATE_TYPE_F64;
  to->sample.time = now;
  to->slot = seconds;
}

static tidegate_status create(const tidegate_host* host, const tidegate_value* options, void** instance,
                              tidegate_error* error) {
  (void)options;
  uptime* made = malloc(sizeof *made);
  if (made == NULL) return fail(error, "there is no memory");
  made->host = host;
  *instance = made;
  return TIDEGATE_OK;
}

static tidegate_status start(void* instance, tidegate_error* error) {
  (void)instance, (void)error;
  return TIDEGATE_OK;
}

static tidegate_status poll(void* instance, tidegate_error* error) {
  const tidegate_host* host = ((uptime*)instance)->host;
  double seconds = 0;
  FILE* file = fopen("/proc/uptime", "r");
  const int got = file != NULL ? fscanf(file, "%lf", &seconds) : 0;
  if (file != NULL) fclose(file);
  if (got != 1) return fail(error, "/proc/uptime: no number can be read");

  block* made = host->batch_allocate(host, sizeof *made);
  if (made == NULL) return fail(error, "the host has no memory for a batch");
  fill(made, host->now_utc(host), seconds);
  return host->batch_submit(host, made);
}

static void stop(void* instance) { (void)instance; }
static void destroy(void* instance) { free(instance); }

static const tidegate_source functions = {.size = sizeof functions,
                                          .flow = TIDEGATE_FLOW_PAUSABLE,
                                          .create = create,
                                          .start = start,
                                          .poll = poll,
                                          .stop = stop,
                                          .destroy = destroy};
static const tidegate_component source = {sizeof source,
                                          TIDEGATE_SOURCE,
                                          TEXT("uptime"),
                                          TEXT("Sends the seconds since the machine was started."),
                                          TEXT("{\"properties\": {}}"),
                                          &functions};
static const tidegate_component* const components[] = {&source};
static const tidegate_plugin plugin = {
    sizeof plugin, TIDEGATE_ABI_MAJOR, TIDEGATE_ABI_MINOR, TEXT("uptime"), TEXT("1.0.0"), 1, components};

__attribute__((visibility("default"))) const tidegate_plugin* tidegate_plugin_entry_v1(void) {
  return &plugin;
}
