/*
 * Tidegate plugin ABI, version 0.2.
 *
 * A plugin is a shared library that exports one function, tidegate_plugin_entry_v1, which returns a
 * constant table and does nothing else. The table lists components: sources, processors and sinks.
 * The host makes instances of them, one for each entry of the configuration.
 *
 *   source     produces samples            create -> start -> poll, acknowledge -> stop -> destroy
 *   processor  turns batches into batches  create -> start -> process, tick ... -> stop -> destroy
 *   sink       delivers batches            create -> start -> write, tick ...   -> stop -> destroy
 *
 * Rules that hold for everything below
 *
 *   Sizes      Every struct begins with its `size` as the side that filled it knew it. A reader uses a
 *              member only if it lies inside `size`. Members are only ever appended. The few structs
 *              without a size (text, value, slice) are frozen. See sdk/ABI.md.
 *   Text       UTF-8 with a length, not terminated. Whoever passes a text owns it, until the call
 *              returns unless the function says otherwise.
 *   Time       int64_t nanoseconds, UTC since 1970-01-01 for points in time.
 *   Errors     A status returned and a tidegate_error filled, which the caller provides. Exceptions
 *              never cross this boundary.
 *   Threads    Each function carries a tag:
 *     [strand]      the instance's own thread of execution: two calls with this tag never overlap for
 *                   one instance, though they may come from different threads. They may block; that
 *                   delays no other instance, and the host names in its log a call that is late.
 *     [any thread]  at any time, from any thread, also during a [strand] call.
 *   Unloading  A library is never unloaded while the program runs.
 *
 * This header needs C11 or C++11 and nothing but the standard headers below.
 */
#ifndef TIDEGATE_ABI_H
#define TIDEGATE_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TIDEGATE_ABI_MAJOR 0
#define TIDEGATE_ABI_MINOR 2
#define TIDEGATE_PLUGIN_ENTRY "tidegate_plugin_entry_v1"

/* ---- Plain values -------------------------------------------------------------------------- */

/* Bytes with a length. `data` may be null when `length` is 0. Frozen. */
typedef struct tidegate_text {
  const char* data;
  uint32_t length;
} tidegate_text;

/* What a call says of itself. */
typedef int32_t tidegate_status;
enum {
  TIDEGATE_OK = 0,
  /* The configuration is wrong: an operator must change it. From `create` only. */
  TIDEGATE_ERROR_CONFIGURATION = 1,
  /* May pass by itself (a peer is away, a device is gone): the host tries again with back-off. */
  TIDEGATE_ERROR_TEMPORARY = 2,
  /* Will not pass by itself: the host stops calling the instance until it is reloaded. */
  TIDEGATE_ERROR_PERMANENT = 3,
  /* The plugin (or the host) broke its contract. Five in a row quarantine the instance. */
  TIDEGATE_ERROR_BUG = 4,
  /* The host is shutting down, or this instance is: return soon. Not an error. */
  TIDEGATE_STOPPING = 5,
  /* From `process` only: the batch goes on as it is. */
  TIDEGATE_PASS = 6
};

/*
 * Where a failing call says why. The caller provides it with `size` set and the rest zeroed; the
 * callee writes terminated texts, cut where they do not fit. `option` is the path of the option that
 * is wrong ("tls.key", "columns[2]"), empty when there is none: the host adds file, line and column.
 */
typedef struct tidegate_error {
  uint32_t size;
  uint32_t reserved;
  char option[128];
  char text[512];
} tidegate_error;

/* Types of a configuration value and of a sample's field. Numbers never change their meaning. */
enum {
  TIDEGATE_TYPE_NULL = 0, /* configuration only: an optional option that was not given */
  TIDEGATE_TYPE_BOOL = 1,
  TIDEGATE_TYPE_I64 = 2,
  TIDEGATE_TYPE_U64 = 3,
  TIDEGATE_TYPE_F64 = 4,
  TIDEGATE_TYPE_STRING = 5,
  TIDEGATE_TYPE_BYTES = 6, /* fields only */
  TIDEGATE_TYPE_LIST = 7,  /* configuration only */
  TIDEGATE_TYPE_MAP = 8    /* configuration only */
};

/*
 * One option, or a tree of them. The host has validated it against the component's schema, filled in
 * defaults, turned durations into nanoseconds and sizes into bytes (both TIDEGATE_TYPE_I64), made
 * relative paths absolute and put secrets in place. Valid until `create` returns. Frozen.
 */
typedef struct tidegate_value {
  uint32_t type;
  uint32_t count; /* items of a list, entries of a map */
  union {
    uint32_t boolean; /* 0 or 1 */
    int64_t i64;
    uint64_t u64;
    double f64;
    tidegate_text text;
    const struct tidegate_value* items;   /* list: `count` values */
    const struct tidegate_entry* entries; /* map: `count` entries, in the order of the file */
  } as;
} tidegate_value;

typedef struct tidegate_entry {
  tidegate_text key;
  tidegate_value value;
} tidegate_entry;

/* ---- Batches ------------------------------------------------------------------------------- */

/*
 * Part of a batch: `count` samples from `first` on. `block` is laid out as batch_layout.h says and
 * has been validated by the host. Frozen.
 */
typedef struct tidegate_slice {
  const void* block;
  uint32_t first;
  uint32_t count;
} tidegate_slice;

/*
 * What a sink is asked to deliver: the samples of the slices, in this order. A sample's index in the
 * delivery counts through all slices. The struct and all it points to stay valid until `complete` was
 * called with its token.
 */
typedef struct tidegate_delivery {
  uint32_t size;
  uint32_t slice_count;
  const tidegate_slice* slices;
  uint64_t token;
  uint32_t sample_count;
  uint32_t attempt; /* 1 for the first time, counted up each time the same samples are offered */
} tidegate_delivery;

enum {
  /* Safe at the peer: the host forgets the samples. */
  TIDEGATE_DELIVERED = 0,
  /* Not delivered; offer all of them again, not before `retry_after`. */
  TIDEGATE_RETRY = 1,
  /* The peer will never take the samples listed in `rejected`, and has taken all others. With none
   * listed it refused the delivery as a whole. */
  TIDEGATE_REJECTED = 2,
  /* May have arrived (the connection broke after the request was sent). Offered again, and counted
   * as possible duplicates. */
  TIDEGATE_AMBIGUOUS = 3
};

typedef struct tidegate_outcome {
  uint32_t size;
  uint32_t kind;
  int64_t retry_after;      /* nanoseconds; 0 leaves the delay to the host's back-off */
  const uint32_t* rejected; /* ascending indices of samples, see tidegate_delivery */
  uint32_t rejected_count;
  tidegate_text reason; /* for logs and the dead letters; empty when delivered */
} tidegate_outcome;

/* ---- The host, as an instance sees it ------------------------------------------------------- */

enum {
  TIDEGATE_LOG_TRACE = 0,
  TIDEGATE_LOG_DEBUG = 1,
  TIDEGATE_LOG_INFO = 2,
  TIDEGATE_LOG_WARNING = 3,
  TIDEGATE_LOG_ERROR = 4
};

/*
 * Handed to `create`; valid until `destroy` returns. One for each instance: the host knows from it who
 * is calling. All functions are [any thread] and never null.
 */
typedef struct tidegate_host {
  uint32_t size;
  uint16_t abi_major;
  uint16_t abi_minor;
  void* context; /* the host's own; do not touch */

  /* The name of the instance in the configuration. Valid as long as the host struct. */
  tidegate_text instance_name;

  /* Writes a line to the program's log under the instance's name. Levels below `log_level` are
   * dropped: look at it before formatting. */
  void (*log)(const struct tidegate_host*, uint32_t level, tidegate_text line);
  uint32_t (*log_level)(const struct tidegate_host*);

  /* UTC, and a clock that never jumps, both in nanoseconds. */
  int64_t (*now_utc)(const struct tidegate_host*);
  int64_t (*now_monotonic)(const struct tidegate_host*);

  /* Memory for a block of `bytes`, aligned to 8 and owned by the host; null when there is none.
   * Give it back with `batch_submit` or `batch_discard`, once. */
  void* (*batch_allocate)(const struct tidegate_host*, uint32_t bytes);
  void (*batch_discard)(const struct tidegate_host*, void* block);

  /* Source and processor: hands a finished block on; the host owns it from here, whatever is returned.
   * Waits while a pipeline is full that is configured to block, but never for a source that is
   * TIDEGATE_FLOW_LOSSY. TIDEGATE_STOPPING: the instance is being stopped, the samples were not taken.
   * TIDEGATE_ERROR_BUG: the block is not valid; the log says why. */
  tidegate_status (*batch_submit)(const struct tidegate_host*, void* block);

  /* Sink: the answer to a delivery, exactly once for each token, from any thread, also from within
   * `write`. A second answer, or one for an unknown token, is counted and otherwise ignored. */
  void (*complete)(const struct tidegate_host*, uint64_t token, const tidegate_outcome*);

  /* Processor and sink: one call of `tick` after `delay` nanoseconds. Replaces the one that was set
   * before; a negative delay cancels it. */
  void (*set_timer)(const struct tidegate_host*, int64_t delay);

  /* A table of further functions by name and major ("tidegate.metrics/1"), or null if this host does
   * not have it. Tables live as long as the program. */
  const void* (*extension)(const struct tidegate_host*, tidegate_text name);
} tidegate_host;

/* ---- Components ----------------------------------------------------------------------------- */

/* What a source can do when what is behind it cannot take more for a while. */
enum {
  /* It can wait: the host makes it wait in `batch_submit` for as long as a pipeline is configured to
   * block, and polls that fall due meanwhile are left out. Of sensors that are read when they are asked. */
  TIDEGATE_FLOW_PAUSABLE = 0,
  /* It can wait, and can deliver again what was not acknowledged: a file has an offset, a broker keeps a
   * session. Submits with marks (TIDEGATE_FLOW) and has `acknowledge`. Nothing of it is lost, however
   * the program ends, even where no pipeline writes to disk. */
  TIDEGATE_FLOW_REPLAYABLE = 1,
  /* It cannot wait: what is not taken now is gone, as on a serial line. `batch_submit` never waits; the
   * host keeps what was submitted last in a ring, and counts and reports what falls out of it. */
  TIDEGATE_FLOW_LOSSY = 2
};

/*
 * Functions without a comment of their own do, for all three kinds:
 *
 *   create        [strand] Parse options and allocate; touch no device and no network. Sets *instance.
 *                 Options and error are valid during the call, the host struct until destroy.
 *   start         [strand] Open what the instance works on. After TIDEGATE_ERROR_TEMPORARY it is called
 *                 again later; after success there is one stop.
 *   request_stop  [any thread] May be null. Make a call that is under way return soon. Comes before
 *                 stop, at most once for each start, and may come when no call is under way.
 *   stop          [strand] Close; do not wait for a peer. After it the instance may be started again.
 *   destroy       [strand] Free the instance. Follows every successful create, never a running start.
 */
typedef struct tidegate_source {
  uint32_t size;
  uint32_t flow; /* since 0.2; was 0 before */
  tidegate_status (*create)(const tidegate_host*, const tidegate_value* options, void** instance,
                            tidegate_error*);
  tidegate_status (*start)(void* instance, tidegate_error*);
  /* [strand] Read once and submit. Called every `interval`; null for a source that submits from
   * threads of its own between start and stop. */
  tidegate_status (*poll)(void* instance, tidegate_error*);
  void (*request_stop)(void* instance);
  void (*stop)(void* instance);
  void (*destroy)(void* instance);
  /* [strand] Since 0.2. Required of a source that is TIDEGATE_FLOW_REPLAYABLE, never called for others.
   * Everything that was submitted with `mark` is safe without the source: on disk, where the pipeline
   * writes to disk, and elsewhere with every sink; or a configured limit discarded it, which is counted.
   * Once for each mark, in any order, between start and stop. What was not acknowledged when stop is
   * called is to be delivered again after the next start. An error that is returned does not take the
   * acknowledgement back; it is shown as the state of the instance. */
  tidegate_status (*acknowledge)(void* instance, uint64_t mark, tidegate_error*);
} tidegate_source;

typedef struct tidegate_processor {
  uint32_t size;
  uint32_t reserved;
  tidegate_status (*create)(const tidegate_host*, const tidegate_value* options, void** instance,
                            tidegate_error*);
  tidegate_status (*start)(void* instance, tidegate_error*);
  /* [strand] Takes one batch and submits what becomes of it, now or later. TIDEGATE_PASS sends the
   * batch on unchanged; TIDEGATE_OK sends on only what was submitted. The slice is valid during the
   * call. */
  tidegate_status (*process)(void* instance, const tidegate_slice* batch, tidegate_error*);
  /* [strand] The timer set with set_timer is due. May be null. */
  tidegate_status (*tick)(void* instance, tidegate_error*);
  void (*request_stop)(void* instance);
  /* [strand] Submits what is still held, then closes. */
  void (*stop)(void* instance);
  void (*destroy)(void* instance);
} tidegate_processor;

typedef struct tidegate_sink {
  uint32_t size;
  /* How many deliveries may be unanswered at a time; at least 1. */
  uint32_t window;
  tidegate_status (*create)(const tidegate_host*, const tidegate_value* options, void** instance,
                            tidegate_error*);
  tidegate_status (*start)(void* instance, tidegate_error*);
  /* [strand] Takes a delivery; the answer comes through `complete`, now or later. An error returned
   * here is the answer as well, unless `complete` was called: TIDEGATE_ERROR_TEMPORARY retries,
   * TIDEGATE_ERROR_PERMANENT rejects. */
  tidegate_status (*write)(void* instance, const tidegate_delivery*, tidegate_error*);
  /* [strand] The timer set with set_timer is due. May be null. */
  tidegate_status (*tick)(void* instance, tidegate_error*);
  void (*request_stop)(void* instance);
  /* [strand] Closes. Deliveries that are unanswered when it returns count as TIDEGATE_RETRY. */
  void (*stop)(void* instance);
  void (*destroy)(void* instance);
} tidegate_sink;

enum { TIDEGATE_SOURCE = 1, TIDEGATE_PROCESSOR = 2, TIDEGATE_SINK = 3 };

typedef struct tidegate_component {
  uint32_t size;
  uint32_t kind;
  /* The name operators write after `plugin:`: lower case letters, digits and hyphens. */
  tidegate_text name;
  /* One sentence for lists. */
  tidegate_text summary;
  /* The options as a JSON Schema of type object, in the subset of sdk/OPTIONS.md. */
  tidegate_text options;
  /* A tidegate_source, tidegate_processor or tidegate_sink, by `kind`. */
  const void* functions;
} tidegate_component;

typedef struct tidegate_plugin {
  uint32_t size;
  /* The ABI that the plugin needs: the same major, and at least this minor. */
  uint16_t abi_major;
  uint16_t abi_minor;
  tidegate_text name;
  tidegate_text version;
  uint32_t component_count;
  const tidegate_component* const* components;
} tidegate_plugin;

/* [any thread] The one exported function. Returns a constant table; no side effects. */
typedef const tidegate_plugin* (*tidegate_plugin_entry)(void);

/* ---- Extensions of the host ------------------------------------------------------------------ */

/* Counters and gauges of the instance, named as in Prometheus without prefix and labels. */
#define TIDEGATE_METRICS "tidegate.metrics/1"
enum { TIDEGATE_COUNTER = 0, TIDEGATE_GAUGE = 1 };
typedef struct tidegate_metrics {
  uint32_t size;
  uint32_t reserved;
  /* The metric of that name, made when it is not there. Valid until the instance is destroyed; null
   * when the name is not [a-z_][a-z0-9_]*, or the instance has too many (256). */
  void* (*metric)(const tidegate_host*, uint32_t kind, tidegate_text name, tidegate_text help);
  /* Counters take no negative amount. Both are cheap: one atomic operation. */
  void (*add)(void* metric, double amount);
  void (*set)(void* metric, double value);
} tidegate_metrics;

/*
 * For sources: blocks with marks, and how much more is wanted. A mark is a number that says to the source
 * what it has submitted: the offset in a file behind the last line, the packet id of a message. It means
 * nothing to the host, and may be used again once it was acknowledged.
 */
#define TIDEGATE_FLOW "tidegate.flow/1"
enum {
  /* More blocks with this mark follow: it is not acknowledged before the one without this flag. */
  TIDEGATE_MARK_CONTINUES = 1
};
typedef struct tidegate_flow {
  uint32_t size;
  uint32_t reserved;
  /* [any thread] As batch_submit, and asks for an acknowledgement, which comes later through
   * `acknowledge`, never from within this call. Only for sources that are TIDEGATE_FLOW_REPLAYABLE; what
   * needs none they may hand on by batch_submit.
   * A mark usually has one block. Of several, all but the last bear TIDEGATE_MARK_CONTINUES, and the mark
   * is acknowledged when all of them are safe; 256 marks may be incomplete at a time. A null block adds
   * nothing: it completes a mark that continued, or asks to acknowledge what had no samples.
   * What fails is not submitted, and leaves the mark as it was; but after TIDEGATE_STOPPING, when some
   * pipelines may have the block, it is never acknowledged. */
  tidegate_status (*submit)(const tidegate_host*, void* block, uint64_t mark, uint32_t flags);
  /* [any thread] How many bytes of blocks the fullest pipeline behind the source has room for. What is
   * submitted beyond that waits, or makes a pipeline discard samples, as it is configured; UINT64_MAX if
   * there is no limit. Never a promise: several sources may share a pipeline. */
  uint64_t (*credit)(const tidegate_host*);
} tidegate_flow;

/* The state of an instance that works by threads of its own, while no call of it is under way that could say
 * so. */
#define TIDEGATE_HEALTH "tidegate.health/1"
enum {
  TIDEGATE_HEALTH_RUNNING = 0,
  TIDEGATE_HEALTH_DEGRADED = 1, /* works, but something that it needs does not */
  TIDEGATE_HEALTH_AWAY = 2      /* its device or peer is not there; it tries again by itself */
};
typedef struct tidegate_health {
  uint32_t size;
  uint32_t reserved;
  /* [any thread] Between start and stop of a source. `why` is for the operator, who reads it in the log when
   * it changes and in the state; empty when it is running. */
  void (*report)(const tidegate_host*, uint32_t health, tidegate_text why);
} tidegate_health;

/* What an instance must remember over restarts: small values by key, up to 64 KiB each. */
#define TIDEGATE_STATE "tidegate.state/1"
typedef struct tidegate_state {
  uint32_t size;
  uint32_t reserved;
  /* Copies the value into `buffer` and sets *length to its full length, which may exceed `capacity`;
   * 0 and TIDEGATE_OK when the key was never stored. */
  tidegate_status (*load)(const tidegate_host*, tidegate_text key, void* buffer, uint32_t capacity,
                          uint32_t* length, tidegate_error*);
  /* On disk when it returns: the old value or the new one, never a mixture. */
  tidegate_status (*store)(const tidegate_host*, tidegate_text key, const void* bytes, uint32_t length,
                           tidegate_error*);
} tidegate_state;

/* Which gateway this is: what a peer knows it by. */
#define TIDEGATE_GATEWAY "tidegate.gateway/1"
typedef struct tidegate_gateway {
  uint32_t size;
  uint32_t reserved;
  /* `gateway.id` of the configuration, or the host name if that is not given. Valid as the host struct is. */
  tidegate_text (*id)(const tidegate_host*);
} tidegate_gateway;

/* The encodings of the host, so that every sink has all of them. */
#define TIDEGATE_ENCODE "tidegate.encode/1"
typedef struct tidegate_encode {
  uint32_t size;
  uint32_t reserved;
  /* An encoder by the value of an option whose schema is {"$ref": "tidegate:encoding"}. */
  tidegate_status (*create)(const tidegate_host*, const tidegate_value* encoding, void** encoder,
                            tidegate_error*);
  /* Encodes `count` samples of the delivery from index `first` on, as one payload. The bytes belong to
   * the encoder and are valid until its next call. Not to be called twice at a time for one encoder. */
  tidegate_status (*encode)(void* encoder, const tidegate_delivery*, uint32_t first, uint32_t count,
                            tidegate_text* payload, tidegate_error*);
  /* For HTTP and MQTT 5 ("application/x-ndjson"), and for file names ("ndjson"). Constant. */
  tidegate_text (*content_type)(void* encoder);
  tidegate_text (*file_extension)(void* encoder);
  /* What a file begins with (the header line of CSV), often empty. Valid as a payload is. */
  tidegate_text (*preamble)(void* encoder);
  void (*destroy)(void* encoder);
} tidegate_encode;

/*
 * The framings and formats of the host, so that every source has all of them: bytes as they come in, in
 * pieces of any size, become samples. What cannot be read is skipped, counted in metrics of the instance
 * (decode_..._total) and logged once for each reason; it is never an error of a call.
 */
#define TIDEGATE_DECODE "tidegate.decode/1"
/* Why no bytes follow for now. */
enum {
  /* None came for as long as tidegate_decoded.silence says: what ends by silence is complete. */
  TIDEGATE_PAUSE_SILENCE = 0,
  /* What was fed is all there is, as at the end of a file: a last line needs no line break. */
  TIDEGATE_PAUSE_COMPLETE = 1,
  /* The stream broke off, as when a cable was pulled: what is not complete is dropped and counted. */
  TIDEGATE_PAUSE_BROKEN = 2
};
/* Where a stream stands. The caller provides it with `size` set. */
typedef struct tidegate_decoded {
  uint32_t size;
  uint32_t taken;   /* bytes that the call took; fewer than it was given: `take` the samples, feed the rest */
  uint32_t samples; /* that wait for `take` */
  uint32_t reserved;
  uint64_t frames;  /* complete frames so far, whatever became of them */
  uint64_t faults;  /* what was skipped or could not be read so far, by all streams of the decoder */
  uint64_t pending; /* bytes taken that belong to a frame that is not complete: an offset minus this is
                       where reading can begin anew */
  int64_t silence;  /* nanoseconds without a byte after which TIDEGATE_PAUSE_SILENCE is wanted; 0: never */
} tidegate_decoded;
typedef struct tidegate_decode {
  uint32_t size;
  uint32_t reserved;
  /* A decoder by the values of two options, whose schemas are {"$ref": "tidegate:framing"} and
   * {"$ref": "tidegate:format"}. A null framing is the one that the format has by nature, mostly lines.
   * The option of an error begins with "framing" or "format". [any thread] once it was made. */
  tidegate_status (*create)(const tidegate_host*, const tidegate_value* framing, const tidegate_value* format,
                            void** decoder, tidegate_error*);
  /* A stream of its own: a port, a file, a connection. `tags` (of `count`) are on all of its samples.
   * Close all streams before the decoder is destroyed. */
  tidegate_status (*open)(void* decoder, const tidegate_entry* tags, uint32_t count, void** stream,
                          tidegate_error*);
  /* Takes bytes that came in at `time`, which is that of the samples unless the data have one. One
   * stream is used by one thread at a time. */
  tidegate_status (*feed)(void* stream, tidegate_text bytes, int64_t time, tidegate_decoded*,
                          tidegate_error*);
  /* A TIDEGATE_PAUSE_... at `time`; bytes may follow all the same. */
  tidegate_status (*pause)(void* stream, uint32_t why, int64_t time, tidegate_decoded*, tidegate_error*);
  /* The samples that wait, as a block to be submitted or discarded; null if there are none. */
  tidegate_status (*take)(void* stream, void** block, tidegate_error*);
  void (*close)(void* stream);
  void (*destroy)(void* decoder);
} tidegate_decode;

#ifdef __cplusplus
}
#endif

#endif
