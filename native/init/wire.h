/* The frames of docs/protocol.md, as bytes: pure functions, no system calls.
 * A decoded frame is a view: its strings point into the bytes it was read from. */
#ifndef LEGATO_WIRE_H
#define LEGATO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_VERSION = 9, WIRE_HEADER = 12, WIRE_PAYLOAD_MAX = 1 << 20, WIRE_REPORT_MAX = 256, WIRE_TITLE_MAX = 127 };
/* The longest word of a service, the longest address of a socket, in bytes. */
enum { WIRE_REASON_MAX = 200 };
enum { WIRE_NOTIFY_TEXT = 4096, WIRE_NOTIFY_MAX = WIRE_HEADER + 12 + WIRE_NOTIFY_TEXT, WIRE_ADDRESS_MAX = 108 };

enum frame_type {
  FRAME_HELLO = 0x01,
  FRAME_SPAWN = 0x10,
  FRAME_SIGNAL = 0x11,
  FRAME_REARM = 0x12,
  FRAME_CLOSE_STREAM = 0x13,
  FRAME_RELEASE = 0x14,
  FRAME_SIGNAL_ONE = 0x15,
  FRAME_BECOME = 0x20,
  FRAME_SHUTDOWN = 0x21,
  FRAME_LISTEN = 0x30,
  FRAME_CLOSE_SOCKET = 0x31,
  FRAME_QUIET = 0x32,
  FRAME_USAGE = 0x33,
  FRAME_GO = 0x34,
  FRAME_DATAGRAMS = 0x40,
  FRAME_MEMO = 0x50,
  FRAME_STEP = 0x51,
  FRAME_WATCHDOG = 0x60,
  FRAME_ALIVE = 0x61,
  FRAME_LOG = 0x64,
  FRAME_POUR = 0x65,
  FRAME_RETURN = 0x66,
  FRAME_CLOSE_LOG = 0x67,
  FRAME_REPLACE = 0x70,
  FRAME_SETTLED = 0x71,
};

enum whom { WHOM_MAIN, WHOM_GROUP, WHOM_ROOTS, WHOM_TREE };
/* STREAM_NOTIFY, what the service says of itself, only in `rearm`. */
enum stream { STREAM_STDIN, STREAM_STDOUT, STREAM_STDERR, STREAM_COUNT, STREAM_NOTIFY = STREAM_COUNT };
enum plan { PLAN_NULL, PLAN_PIPE, PLAN_AS_STDOUT };
/* LIFE_SPAWNING only in a snapshot: exec is not reported yet. */
enum life { LIFE_RUNNING, LIFE_REMAINS, LIFE_EMPTY, LIFE_SPAWNING };

enum stage {
  STAGE_PIPE = 1,
  STAGE_SHIM,
  STAGE_FORK,
  STAGE_GROUP,
  STAGE_STDIO,
  STAGE_RLIMIT,
  STAGE_GROUPS,
  STAGE_GID,
  STAGE_UID,
  STAGE_CWD,
  STAGE_EXEC,
  STAGE_DESCRIPTORS,
  STAGE_NOTIFY,
  STAGE_PAGE,
};

enum socket_kind { SOCKET_TCP4, SOCKET_TCP6, SOCKET_UDP4, SOCKET_UDP6, SOCKET_UNIX, SOCKET_UNIX_DGRAM };
enum socket_option { OPTION_V6ONLY = 1, OPTION_FREEBIND = 2, OPTION_BLOCKING = 4, OPTION_UNLINK_STALE = 8 };

enum listen_stage {
  LISTEN_TABLE = 1,
  LISTEN_ADDRESS,
  LISTEN_SOCKET,
  LISTEN_OPTION,
  LISTEN_STALE,
  LISTEN_BIND,
  LISTEN_OWNER,
  LISTEN_MODE,
  LISTEN_LISTEN,
};

/* In the fields that may be left as they are. */
#define WIRE_NONE UINT32_MAX

struct frame {
  uint16_t type;
  uint16_t reserved;
  uint32_t id;
  const uint8_t *payload;
  uint32_t length;
};

struct text {
  const uint8_t *bytes;
  uint32_t length;
};

/* `count` elements as they stand on the wire, already checked to be whole. */
struct sequence {
  const uint8_t *bytes;
  uint32_t count;
};

struct identity {
  bool set;
  uint32_t uid, gid;
  struct sequence groups; /* u32 each */
};

/* What a generation gets besides its streams. Numbers of descriptors; -1: not wanted. */
struct hand_request {
  struct sequence sockets; /* WIRE_HANDED bytes each */
  struct text notify;      /* address of its notify socket; empty: none */
  int32_t line, page, wake, idle, go; /* go: it begins held */
  int32_t channel;                    /* of a Node child */
};
enum { WIRE_HANDED = 8 };

struct spawn_request {
  uint32_t generation;
  struct text title;
  uint8_t plan[STREAM_COUNT];
  struct identity identity;
  int32_t umask;
  struct sequence rlimits; /* WIRE_RLIMIT bytes each */
  struct text cwd, exe;
  struct sequence argv, env; /* str each */
  struct hand_request hand;
};
enum { WIRE_RLIMIT = 20 };

struct signal_request {
  uint32_t generation;
  uint8_t whom, signal, cont;
};

struct signal_one_request {
  uint32_t generation, pid;
  uint64_t born;
  uint8_t signal, cont, watch;
};

struct stream_request {
  uint32_t generation;
  uint8_t stream;
};

struct become_request {
  bool detach;
  struct identity identity;
  uint32_t umask;
};

struct listen_request {
  uint32_t socket;
  uint8_t kind, options;
  struct text address;
  uint16_t port;
  uint32_t backlog, uid, gid, mode;
};

/* Something a brain wants to find again; both are opaque here. */
struct memo {
  struct text key, text;
};

/* Neither has less than one word. */
struct replace_request {
  struct text init;                /* path of another image of init; empty: this one stays */
  struct sequence command, former; /* str each */
};

struct shutdown_request {
  uint8_t code;
  uint32_t grace_ms;
};

struct datagrams_request {
  struct text address;
  struct sequence messages; /* str each */
};

/* A file for a log: descriptor `fd` of the brain, which must be this inode. */
struct log_request {
  uint32_t log, turn;
  uint8_t logger;
  int32_t fd;
  uint64_t device, inode, limit;
};

struct pour_request {
  uint32_t generation;
  uint8_t stream, logger;
  uint32_t log;
};

struct close_log_request {
  uint32_t log;
  uint8_t logger;
};

enum wire_found { WIRE_FRAME, WIRE_INCOMPLETE, WIRE_TOO_LONG };

/* The frame at the head of `bytes`; it takes WIRE_HEADER + out->length of them. */
enum wire_found wire_next(const uint8_t *bytes, size_t length, struct frame *out);

/* Each answers false for a broken frame: left-over bytes, an early end, a value the table does not know. */
bool wire_read_hello(const struct frame *frame, uint16_t *version);
bool wire_read_spawn(const struct frame *frame, struct spawn_request *out);
bool wire_read_signal(const struct frame *frame, struct signal_request *out);
bool wire_read_signal_one(const struct frame *frame, struct signal_one_request *out);
bool wire_read_stream(const struct frame *frame, struct stream_request *out);
/* A frame without fields: alive. */
bool wire_read_nothing(const struct frame *frame);
/* A frame that is a key (of `step`: a count of bytes, of `watchdog`: milliseconds) and no more: release, quiet, usage, go, close-socket. */
bool wire_read_key(const struct frame *frame, uint32_t *key);
bool wire_read_rearm(const struct frame *frame, struct stream_request *out);
bool wire_read_listen(const struct frame *frame, struct listen_request *out);
bool wire_read_become(const struct frame *frame, struct become_request *out);
bool wire_read_datagrams(const struct frame *frame, struct datagrams_request *out);
bool wire_read_memo(const struct frame *frame, struct memo *out);
bool wire_read_log(const struct frame *frame, struct log_request *out);
bool wire_read_pour(const struct frame *frame, struct pour_request *out);
bool wire_read_close_log(const struct frame *frame, struct close_log_request *out);
bool wire_read_shutdown(const struct frame *frame, struct shutdown_request *out);
bool wire_read_replace(const struct frame *frame, struct replace_request *out);

uint32_t wire_u32(const uint8_t *bytes);
/* Answers what is behind it. */
uint8_t *wire_put_u32(uint8_t *out, uint32_t value);
uint64_t wire_u64(const uint8_t *bytes);

struct hello_report {
  uint32_t pid;
  uint8_t facts;
  uint64_t nofile; /* the soft limit init was started with */
};
enum { FACT_PID1 = 1, FACT_SUBREAPER = 2, FACT_BECAME = 4 };

struct generation_report {
  uint32_t generation;
  struct text title; /* at most WIRE_TITLE_MAX bytes */
  uint8_t life;
  uint32_t shim, main;
  int32_t status;
  uint64_t started_ms, ended_ms; /* ended_ms: 0 while the main process lives */
  int32_t stream[STREAM_COUNT];
  bool ready; /* it has said so */
  uint8_t poured; /* streams that a logger reads: bit 0 stdout, bit 1 stderr */
};

struct socket_report {
  uint32_t socket;
  uint8_t kind, options;
  struct text address; /* at most WIRE_ADDRESS_MAX bytes */
  uint16_t port;
  uint64_t inode;
};

struct used_report {
  uint32_t generation;
  uint32_t binds, listens;
  uint64_t accepted;
  uint32_t open, accepting, refusals, misses;
  bool quiet, idle;
  struct text missed; /* at most 80 bytes */
};

/* How a former brain ended. */
struct farewell_report {
  int32_t status;
  bool hung;
  struct text words;
};
enum { WIRE_FAREWELL_HEAD = WIRE_HEADER + 9 };

struct exited_report {
  uint32_t generation;
  int32_t status;
  uint64_t user_us, system_us, maxrss_kb;
  uint8_t unread; /* streams of the brain's in which something waits, as `poured` */
};

/* What became of a replacement. ENDED and LATE: of the brain in the former one's place, `code` is its wait status; NOT_EXECUTED: `code` is the errno
 * of execve(2); NOT_RESUMED: the other image of init could not go on, after it had said that it could. */
enum replaced { REPLACED_ON_TRIAL = 1, REPLACED_ENDED, REPLACED_LATE, REPLACED_NOT_EXECUTED, REPLACED_NOT_RESUMED };

/* Each writes one whole frame and answers its length, never more than WIRE_REPORT_MAX where nothing else is said. */
size_t wire_hello(uint8_t *out, uint32_t id, const struct hello_report *report);
size_t wire_generation(uint8_t *out, uint32_t id, const struct generation_report *report);
size_t wire_snapshot_end(uint8_t *out, uint32_t id);
size_t wire_result(uint8_t *out, uint32_t id, int32_t error, uint32_t count);
/* Of the report's fields those that `spawned` has. */
size_t wire_spawned(uint8_t *out, uint32_t id, const struct generation_report *report);
size_t wire_spawn_failed(uint8_t *out, uint32_t id, uint32_t generation, uint8_t stage, int32_t error);
size_t wire_exited(uint8_t *out, const struct exited_report *report);
size_t wire_empty(uint8_t *out, uint32_t generation, uint32_t orphans, uint8_t unread);
size_t wire_received(uint8_t *out, uint8_t signal, uint32_t generation);
size_t wire_reaped(uint8_t *out, uint32_t count, uint32_t pid, int32_t status);
size_t wire_readable(uint8_t *out, uint32_t generation, uint8_t stream);
size_t wire_shim_lost(uint8_t *out, uint32_t generation);
size_t wire_left(uint8_t *out, uint32_t generation, uint32_t pid);
size_t wire_socket(uint8_t *out, uint32_t id, const struct socket_report *report);
/* Of the report's fields those that `listening` has. */
size_t wire_listening(uint8_t *out, uint32_t id, const struct socket_report *report);
size_t wire_listen_failed(uint8_t *out, uint32_t id, uint32_t socket, uint8_t stage, int32_t error);
/* Up to WIRE_NOTIFY_MAX bytes; `said` has at most WIRE_NOTIFY_TEXT. */
size_t wire_notify(uint8_t *out, uint32_t generation, uint32_t sender, struct text said);
size_t wire_notify_refused(uint8_t *out, uint32_t generation, uint32_t sender, uint32_t count);
size_t wire_used(uint8_t *out, uint32_t id, const struct used_report *report);
/* The head of a frame whose payload, of this length, is sent behind it. */
size_t wire_memo_head(uint8_t *out, uint32_t id, uint32_t payload);
/* `reason` has at most WIRE_REASON_MAX bytes. */
size_t wire_refused(uint8_t *out, uint32_t id, struct text reason);
size_t wire_replaced(uint8_t *out, uint32_t id, uint8_t outcome, int32_t code);
size_t wire_log_full(uint8_t *out, uint32_t log, uint32_t turn);
size_t wire_log_trouble(uint8_t *out, uint32_t log, int32_t error, uint64_t lost);
size_t wire_logger_lost(uint8_t *out, uint8_t logger);
size_t wire_drained(uint8_t *out, uint32_t generation);
size_t wire_ping(uint8_t *out);
/* Up to WIRE_FAREWELL_HEAD bytes and the words. */
size_t wire_farewell(uint8_t *out, uint32_t id, const struct farewell_report *report);

#endif
