/*
 * Sizes and offsets of everything that crosses the plugin boundary or lies on disk: for 64-bit machines and
 * for 32-bit ones that align 64-bit numbers to 8 (ARM). A line here may be added; none may ever change its
 * numbers, but for the sizes of structs that were appended to. See sdk/ABI.md.
 */
#include <stddef.h>

#include "tidegate/abi.h"
#include "tidegate/batch_layout.h"

#ifdef __cplusplus
#define CHECK(condition, text) static_assert(condition, text)
#define ALIGNMENT(type) alignof(type)
#else
#define CHECK(condition, text) _Static_assert(condition, text)
#define ALIGNMENT(type) _Alignof(type)
#endif

#if __SIZEOF_POINTER__ == 8
#define EITHER(on_64, on_32) (on_64)
#else
#define EITHER(on_64, on_32) (on_32)
#endif

#define SIZE(type, on_64, on_32) CHECK(sizeof(type) == EITHER(on_64, on_32), "sizeof(" #type ")")
#define OFFSET(type, member, on_64, on_32) \
  CHECK(offsetof(type, member) == EITHER(on_64, on_32), "offsetof(" #type ", " #member ")")

CHECK(ALIGNMENT(int64_t) == 8, "64-bit numbers are aligned to 8");
CHECK(sizeof(tidegate_status) == 4, "sizeof(tidegate_status)");
CHECK(sizeof(TIDEGATE_PLUGIN_ENTRY) == sizeof("tidegate_plugin_entry_v1"), "the name of the entry");

/* clang-format off */
SIZE(tidegate_text, 16, 8);
OFFSET(tidegate_text, data, 0, 0);
OFFSET(tidegate_text, length, 8, 4);

SIZE(tidegate_error, 648, 648);
OFFSET(tidegate_error, size, 0, 0);
OFFSET(tidegate_error, reserved, 4, 4);
OFFSET(tidegate_error, option, 8, 8);
OFFSET(tidegate_error, text, 136, 136);

SIZE(tidegate_value, 24, 16);
OFFSET(tidegate_value, type, 0, 0);
OFFSET(tidegate_value, count, 4, 4);
OFFSET(tidegate_value, as, 8, 8);

SIZE(tidegate_entry, 40, 24);
OFFSET(tidegate_entry, key, 0, 0);
OFFSET(tidegate_entry, value, 16, 8);

SIZE(tidegate_slice, 16, 12);
OFFSET(tidegate_slice, block, 0, 0);
OFFSET(tidegate_slice, first, 8, 4);
OFFSET(tidegate_slice, count, 12, 8);

SIZE(tidegate_delivery, 32, 32);
OFFSET(tidegate_delivery, size, 0, 0);
OFFSET(tidegate_delivery, slice_count, 4, 4);
OFFSET(tidegate_delivery, slices, 8, 8);
OFFSET(tidegate_delivery, token, 16, 16);
OFFSET(tidegate_delivery, sample_count, 24, 24);
OFFSET(tidegate_delivery, attempt, 28, 28);

SIZE(tidegate_outcome, 48, 32);
OFFSET(tidegate_outcome, size, 0, 0);
OFFSET(tidegate_outcome, kind, 4, 4);
OFFSET(tidegate_outcome, retry_after, 8, 8);
OFFSET(tidegate_outcome, rejected, 16, 16);
OFFSET(tidegate_outcome, rejected_count, 24, 20);
OFFSET(tidegate_outcome, reason, 32, 24);

SIZE(tidegate_host, 112, 60);
OFFSET(tidegate_host, size, 0, 0);
OFFSET(tidegate_host, abi_major, 4, 4);
OFFSET(tidegate_host, abi_minor, 6, 6);
OFFSET(tidegate_host, context, 8, 8);
OFFSET(tidegate_host, instance_name, 16, 12);
OFFSET(tidegate_host, log, 32, 20);
OFFSET(tidegate_host, log_level, 40, 24);
OFFSET(tidegate_host, now_utc, 48, 28);
OFFSET(tidegate_host, now_monotonic, 56, 32);
OFFSET(tidegate_host, batch_allocate, 64, 36);
OFFSET(tidegate_host, batch_discard, 72, 40);
OFFSET(tidegate_host, batch_submit, 80, 44);
OFFSET(tidegate_host, complete, 88, 48);
OFFSET(tidegate_host, set_timer, 96, 52);
OFFSET(tidegate_host, extension, 104, 56);

SIZE(tidegate_source, 64, 36);
OFFSET(tidegate_source, size, 0, 0);
OFFSET(tidegate_source, flow, 4, 4);
OFFSET(tidegate_source, create, 8, 8);
OFFSET(tidegate_source, start, 16, 12);
OFFSET(tidegate_source, poll, 24, 16);
OFFSET(tidegate_source, request_stop, 32, 20);
OFFSET(tidegate_source, stop, 40, 24);
OFFSET(tidegate_source, destroy, 48, 28);
OFFSET(tidegate_source, acknowledge, 56, 32);

SIZE(tidegate_processor, 64, 36);
OFFSET(tidegate_processor, size, 0, 0);
OFFSET(tidegate_processor, reserved, 4, 4);
OFFSET(tidegate_processor, create, 8, 8);
OFFSET(tidegate_processor, start, 16, 12);
OFFSET(tidegate_processor, process, 24, 16);
OFFSET(tidegate_processor, tick, 32, 20);
OFFSET(tidegate_processor, request_stop, 40, 24);
OFFSET(tidegate_processor, stop, 48, 28);
OFFSET(tidegate_processor, destroy, 56, 32);

SIZE(tidegate_sink, 64, 36);
OFFSET(tidegate_sink, size, 0, 0);
OFFSET(tidegate_sink, window, 4, 4);
OFFSET(tidegate_sink, create, 8, 8);
OFFSET(tidegate_sink, start, 16, 12);
OFFSET(tidegate_sink, write, 24, 16);
OFFSET(tidegate_sink, tick, 32, 20);
OFFSET(tidegate_sink, request_stop, 40, 24);
OFFSET(tidegate_sink, stop, 48, 28);
OFFSET(tidegate_sink, destroy, 56, 32);

SIZE(tidegate_component, 64, 36);
OFFSET(tidegate_component, size, 0, 0);
OFFSET(tidegate_component, kind, 4, 4);
OFFSET(tidegate_component, name, 8, 8);
OFFSET(tidegate_component, summary, 24, 16);
OFFSET(tidegate_component, options, 40, 24);
OFFSET(tidegate_component, functions, 56, 32);

SIZE(tidegate_plugin, 56, 32);
OFFSET(tidegate_plugin, size, 0, 0);
OFFSET(tidegate_plugin, abi_major, 4, 4);
OFFSET(tidegate_plugin, abi_minor, 6, 6);
OFFSET(tidegate_plugin, name, 8, 8);
OFFSET(tidegate_plugin, version, 24, 16);
OFFSET(tidegate_plugin, component_count, 40, 24);
OFFSET(tidegate_plugin, components, 48, 28);

SIZE(tidegate_metrics, 32, 20);
OFFSET(tidegate_metrics, size, 0, 0);
OFFSET(tidegate_metrics, reserved, 4, 4);
OFFSET(tidegate_metrics, metric, 8, 8);
OFFSET(tidegate_metrics, add, 16, 12);
OFFSET(tidegate_metrics, set, 24, 16);

SIZE(tidegate_flow, 24, 16);
OFFSET(tidegate_flow, size, 0, 0);
OFFSET(tidegate_flow, reserved, 4, 4);
OFFSET(tidegate_flow, submit, 8, 8);
OFFSET(tidegate_flow, credit, 16, 12);

SIZE(tidegate_state, 24, 16);
OFFSET(tidegate_state, size, 0, 0);
OFFSET(tidegate_state, reserved, 4, 4);
OFFSET(tidegate_state, load, 8, 8);
OFFSET(tidegate_state, store, 16, 12);

SIZE(tidegate_gateway, 16, 12);
OFFSET(tidegate_gateway, id, 8, 8);

SIZE(tidegate_encode, 56, 32);
OFFSET(tidegate_encode, size, 0, 0);
OFFSET(tidegate_encode, reserved, 4, 4);
OFFSET(tidegate_encode, create, 8, 8);
OFFSET(tidegate_encode, encode, 16, 12);
OFFSET(tidegate_encode, content_type, 24, 16);
OFFSET(tidegate_encode, file_extension, 32, 20);
OFFSET(tidegate_encode, preamble, 40, 24);
OFFSET(tidegate_encode, destroy, 48, 28);

SIZE(tidegate_health, 16, 12);
OFFSET(tidegate_health, size, 0, 0);
OFFSET(tidegate_health, reserved, 4, 4);
OFFSET(tidegate_health, report, 8, 8);

SIZE(tidegate_decoded, 48, 48);
OFFSET(tidegate_decoded, size, 0, 0);
OFFSET(tidegate_decoded, taken, 4, 4);
OFFSET(tidegate_decoded, samples, 8, 8);
OFFSET(tidegate_decoded, reserved, 12, 12);
OFFSET(tidegate_decoded, frames, 16, 16);
OFFSET(tidegate_decoded, faults, 24, 24);
OFFSET(tidegate_decoded, pending, 32, 32);
OFFSET(tidegate_decoded, silence, 40, 40);

SIZE(tidegate_decode, 64, 36);
OFFSET(tidegate_decode, size, 0, 0);
OFFSET(tidegate_decode, reserved, 4, 4);
OFFSET(tidegate_decode, create, 8, 8);
OFFSET(tidegate_decode, open, 16, 12);
OFFSET(tidegate_decode, feed, 24, 16);
OFFSET(tidegate_decode, pause, 32, 20);
OFFSET(tidegate_decode, take, 40, 24);
OFFSET(tidegate_decode, close, 48, 28);
OFFSET(tidegate_decode, destroy, 56, 32);

SIZE(tidegate_section, 8, 8);
OFFSET(tidegate_section, offset, 0, 0);
OFFSET(tidegate_section, count, 4, 4);

SIZE(tidegate_span, 8, 8);
OFFSET(tidegate_span, offset, 0, 0);
OFFSET(tidegate_span, length, 4, 4);

SIZE(tidegate_block_header, 72, 72);
OFFSET(tidegate_block_header, magic, 0, 0);
OFFSET(tidegate_block_header, version, 4, 4);
OFFSET(tidegate_block_header, header_bytes, 6, 6);
OFFSET(tidegate_block_header, block_bytes, 8, 8);
OFFSET(tidegate_block_header, flags, 12, 12);
OFFSET(tidegate_block_header, series, 16, 16);
OFFSET(tidegate_block_header, tags, 24, 24);
OFFSET(tidegate_block_header, common_tags, 32, 32);
OFFSET(tidegate_block_header, shapes, 40, 40);
OFFSET(tidegate_block_header, columns, 48, 48);
OFFSET(tidegate_block_header, samples, 56, 56);
OFFSET(tidegate_block_header, slots, 64, 64);

SIZE(tidegate_series_record, 16, 16);
OFFSET(tidegate_series_record, name, 0, 0);
OFFSET(tidegate_series_record, first_tag, 8, 8);
OFFSET(tidegate_series_record, tag_count, 12, 12);

SIZE(tidegate_tag_record, 16, 16);
OFFSET(tidegate_tag_record, key, 0, 0);
OFFSET(tidegate_tag_record, value, 8, 8);

SIZE(tidegate_shape_record, 8, 8);
OFFSET(tidegate_shape_record, first_column, 0, 0);
OFFSET(tidegate_shape_record, column_count, 4, 4);

SIZE(tidegate_column_record, 16, 16);
OFFSET(tidegate_column_record, name, 0, 0);
OFFSET(tidegate_column_record, type, 8, 8);
OFFSET(tidegate_column_record, reserved, 12, 12);

SIZE(tidegate_sample_record, 24, 24);
OFFSET(tidegate_sample_record, time, 0, 0);
OFFSET(tidegate_sample_record, series, 8, 8);
OFFSET(tidegate_sample_record, shape, 12, 12);
OFFSET(tidegate_sample_record, first_slot, 16, 16);
OFFSET(tidegate_sample_record, reserved, 20, 20);

/* Numbers with a meaning of their own. */
CHECK(TIDEGATE_OK == 0 && TIDEGATE_ERROR_CONFIGURATION == 1 && TIDEGATE_ERROR_TEMPORARY == 2 &&
      TIDEGATE_ERROR_PERMANENT == 3 && TIDEGATE_ERROR_BUG == 4 && TIDEGATE_STOPPING == 5 && TIDEGATE_PASS == 6, "status");
CHECK(TIDEGATE_TYPE_NULL == 0 && TIDEGATE_TYPE_BOOL == 1 && TIDEGATE_TYPE_I64 == 2 && TIDEGATE_TYPE_U64 == 3 &&
      TIDEGATE_TYPE_F64 == 4 && TIDEGATE_TYPE_STRING == 5 && TIDEGATE_TYPE_BYTES == 6 && TIDEGATE_TYPE_LIST == 7 &&
      TIDEGATE_TYPE_MAP == 8, "types");
CHECK(TIDEGATE_DELIVERED == 0 && TIDEGATE_RETRY == 1 && TIDEGATE_REJECTED == 2 && TIDEGATE_AMBIGUOUS == 3, "outcomes");
CHECK(TIDEGATE_LOG_TRACE == 0 && TIDEGATE_LOG_DEBUG == 1 && TIDEGATE_LOG_INFO == 2 && TIDEGATE_LOG_WARNING == 3 &&
      TIDEGATE_LOG_ERROR == 4, "log levels");
CHECK(TIDEGATE_SOURCE == 1 && TIDEGATE_PROCESSOR == 2 && TIDEGATE_SINK == 3, "kinds");
CHECK(TIDEGATE_FLOW_PAUSABLE == 0 && TIDEGATE_FLOW_REPLAYABLE == 1 && TIDEGATE_FLOW_LOSSY == 2, "flows");
CHECK(TIDEGATE_MARK_CONTINUES == 1, "flags of a mark");
CHECK(TIDEGATE_HEALTH_RUNNING == 0 && TIDEGATE_HEALTH_DEGRADED == 1 && TIDEGATE_HEALTH_AWAY == 2, "health");
CHECK(TIDEGATE_PAUSE_SILENCE == 0 && TIDEGATE_PAUSE_COMPLETE == 1 && TIDEGATE_PAUSE_BROKEN == 2, "pauses");
CHECK(TIDEGATE_COUNTER == 0 && TIDEGATE_GAUGE == 1, "metrics");
CHECK(TIDEGATE_BLOCK_MAGIC == 0x31424754u && TIDEGATE_BLOCK_VERSION == 1, "block");
