/*
 * The layout of a batch: one contiguous block of bytes that crosses the plugin boundary and lies on
 * disk as it is. sdk/BATCH.md describes it for someone who writes a reader from scratch.
 *
 * All numbers are little-endian, all offsets count bytes from the start of the block. A block begins on
 * an address divisible by 8, and so does every section in it.
 */
#ifndef TIDEGATE_BATCH_LAYOUT_H
#define TIDEGATE_BATCH_LAYOUT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TIDEGATE_BLOCK_MAGIC 0x31424754u /* "TGB1" */
#define TIDEGATE_BLOCK_VERSION 1
/* No block is larger, so that sums of two offsets fit 32 bits. */
#define TIDEGATE_BLOCK_BYTES_MAX (64u * 1024u * 1024u)

/* A table inside the block: `count` records from `offset` on. */
typedef struct tidegate_section {
  uint32_t offset;
  uint32_t count;
} tidegate_section;

/* Bytes anywhere in the block behind the header: a name, a tag, a value. */
typedef struct tidegate_span {
  uint32_t offset;
  uint32_t length;
} tidegate_span;

typedef struct tidegate_block_header {
  uint32_t magic;
  uint16_t version;
  uint16_t header_bytes;        /* where the rest begins; a later minor may append members here */
  uint32_t block_bytes;         /* of the whole block, a multiple of 8 */
  uint32_t flags;               /* 0 */
  tidegate_section series;      /* of tidegate_series_record */
  tidegate_section tags;        /* of tidegate_tag_record, the series' own */
  tidegate_section common_tags; /* of tidegate_tag_record, on every series that has not the same key */
  tidegate_section shapes;      /* of tidegate_shape_record */
  tidegate_section columns;     /* of tidegate_column_record, the shapes' */
  tidegate_section samples;     /* of tidegate_sample_record */
  tidegate_section slots;       /* of uint64_t, the samples' values */
} tidegate_block_header;

/* A measurement name and its tags: `tag_count` from `first_tag` on, ascending by key, no key twice. */
typedef struct tidegate_series_record {
  tidegate_span name;
  uint32_t first_tag;
  uint32_t tag_count;
} tidegate_series_record;

typedef struct tidegate_tag_record {
  tidegate_span key;
  tidegate_span value;
} tidegate_tag_record;

/* The fields that a sample has: `column_count` from `first_column` on. Many samples share a shape. */
typedef struct tidegate_shape_record {
  uint32_t first_column;
  uint32_t column_count;
} tidegate_shape_record;

typedef struct tidegate_column_record {
  tidegate_span name;
  uint32_t type;     /* TIDEGATE_TYPE_BOOL ... TIDEGATE_TYPE_BYTES */
  uint32_t reserved; /* 0 */
} tidegate_column_record;

/*
 * One observation. Its values are the shape's `column_count` slots from `first_slot` on: a bool as 0 or
 * 1, an i64 in two's complement, a u64, an f64 as IEEE 754 bits, a string or bytes as a tidegate_span
 * (offset in the low half).
 */
typedef struct tidegate_sample_record {
  int64_t time; /* UTC, nanoseconds */
  uint32_t series;
  uint32_t shape;
  uint32_t first_slot;
  uint32_t reserved; /* 0 */
} tidegate_sample_record;

#ifdef __cplusplus
}
#endif

#endif
