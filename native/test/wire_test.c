/* The codec of native/init against the vectors of docs/protocol.md: wire_test docs/protocol.md
 * Every vector is used: what the brain says is read and compared field by field with the JSON, what init says is written from it. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../init/wire.h"

static int passed, failed;
static bool quiet;
static const char *vector_name, *json;
static uint8_t bytes[4096], out[WIRE_NOTIFY_MAX];
static size_t length;

static void check(const char *what, bool good) {
  if (good || quiet) return;
  printf("FAILED wire: %s: %s\n", vector_name, what);
  failed++;
}

/* The text behind `"key": `, NULL when there is none. */
static const char *find(const char *key) {
  static char pattern[64];
  snprintf(pattern, sizeof pattern, "\"%s\": ", key);
  const char *at = strstr(json, pattern);
  return at ? at + strlen(pattern) : NULL;
}

/* A number, also one in quotes; `true` is 1, and so is anything that is not a number. */
static uint64_t number(const char *key) {
  const char *at = find(key);
  if (!at) return 0;
  if (*at == '"') at++;
  if (strncmp(at, "false", 5) == 0) return 0;
  return isdigit((unsigned char)*at) ? strtoull(at, NULL, 10) : *at == '-' ? (uint64_t)strtoll(at, NULL, 10) : 1;
}

/* A string, or the word of a list, as its index; strings hold no quotes here. */
static struct text word(const char *key) {
  const char *at = find(key);
  if (!at || *at != '"') return (struct text){(const uint8_t *)"", 0};
  return (struct text){(const uint8_t *)at + 1, (uint32_t)strcspn(at + 1, "\"")};
}

static bool same(struct text a, struct text b) { return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0; }

static uint8_t choice(const char *key, const char *const *words) {
  struct text wanted = word(key);
  for (uint8_t i = 0; words[i]; i++)
    if (same(wanted, (struct text){(const uint8_t *)words[i], (uint32_t)strlen(words[i])})) return i;
  check(key, false);
  return 0xff;
}

static const char *const plans[] = {"null", "pipe", "stdout", NULL};
static const char *const streams[] = {"stdin", "stdout", "stderr", "notify", NULL};
static const char *const whoms[] = {"main", "group", "roots", "tree", NULL};
static const char *const lives[] = {"running", "remains", "empty", "spawning", NULL};
static const char *const stages[] = {"", "pipe", "shim", "fork", "group", "stdio", "rlimit", "groups", "gid", "uid", "cwd", "exec",
                                      "descriptors", "notify", "page", NULL};
static const char *const socket_kinds[] = {"tcp4", "tcp6", "udp4", "udp6", "unix", "unix-dgram", NULL};
static const char *const listen_stages[] = {"", "table", "address", "socket", "option", "stale", "bind", "owner", "mode", "listen", NULL};

static void check_numbers(const char *key, struct sequence found) {
  const char *at = find(key);
  uint32_t count = 0;
  for (at = at ? at + 1 : "]"; *at != ']'; at += strspn(at, ", ")) {
    char *end;
    uint32_t wanted = (uint32_t)strtoul(at, &end, 10);
    check(key, count < found.count && wire_u32(found.bytes + 4 * (size_t)count) == wanted);
    at = end;
    count++;
  }
  check(key, count == found.count);
}

static void check_texts(const char *key, struct sequence found) {
  const char *at = find(key);
  const uint8_t *b = found.bytes;
  uint32_t count = 0;
  for (at = at ? at + 1 : "]"; *at == '"' || *at == ','; at += strspn(at, ", ")) {
    struct text wanted = {(const uint8_t *)at + 1, (uint32_t)strcspn(at + 1, "\"")};
    check(key, count < found.count && same(wanted, (struct text){b + 4, wire_u32(b)}));
    b += 4 + wire_u32(b);
    at += wanted.length + 2;
    count++;
  }
  check(key, count == found.count);
}

static void check_identity(const struct identity *identity) {
  check("identity", identity->set == (*find("identity") == '{'));
  if (!identity->set) return;
  check("uid", identity->uid == number("uid"));
  check("gid", identity->gid == number("gid"));
  check_numbers("groups", identity->groups);
}

/* A number, or null: WIRE_NONE, which is -1 where there are signs. */
static uint32_t number_or_none(const char *key) {
  const char *at = find(key);
  return !at || strncmp(at, "null", 4) == 0 ? WIRE_NONE : (uint32_t)number(key);
}

static void check_hand(const struct hand_request *hand) {
  uint32_t count = 0;
  const char *before = json;
  check("notify", same(hand->notify, word("notify")));
  check("line", (uint32_t)hand->line == number_or_none("line"));
  check("channel", (uint32_t)hand->channel == number_or_none("channel"));
  /* The page itself is the second of that name, inside the first. */
  const char *page = find("page");
  json = page && *page == '{' ? page : "";
  check("page", (uint32_t)hand->page == number_or_none("page"));
  check("wake", (uint32_t)hand->wake == number_or_none("wake"));
  check("idle", (uint32_t)hand->idle == number_or_none("idle"));
  check("go", (uint32_t)hand->go == number_or_none("go"));
  json = before;
  for (const char *at = find("socket"); at; at = find("socket"), count++) {
    const uint8_t *b = hand->sockets.bytes + WIRE_HANDED * (size_t)count;
    json = at; /* what follows is this socket's */
    check("socket", count < hand->sockets.count && wire_u32(b) == strtoul(at, NULL, 10));
    check("fd", count < hand->sockets.count && wire_u32(b + 4) == number("fd"));
  }
  json = before;
  check("sockets", count == hand->sockets.count);
}

static bool read_spawn(const struct frame *frame) {
  struct spawn_request r;
  if (!wire_read_spawn(frame, &r)) return false;
  check("generation", r.generation == number("generation"));
  check("title", same(r.title, word("title")));
  for (int i = 0; i < STREAM_COUNT; i++) check(streams[i], r.plan[i] == choice(streams[i], plans));
  check_identity(&r.identity);
  check("umask", r.umask == (int32_t)number("umask"));
  check("rlimits", r.rlimits.count == (find("resource") ? 1 : 0));
  if (r.rlimits.count) {
    check("resource", wire_u32(r.rlimits.bytes) == number("resource"));
    check("soft", wire_u64(r.rlimits.bytes + 4) == number("soft"));
    check("hard", wire_u64(r.rlimits.bytes + 12) == number("hard"));
  }
  check("cwd", same(r.cwd, word("cwd")));
  check("exe", same(r.exe, word("exe")));
  check_texts("argv", r.argv);
  check_texts("env", r.env);
  check_hand(&r.hand);
  return true;
}

static bool read_hello(const struct frame *frame) {
  uint16_t version;
  if (!wire_read_hello(frame, &version)) return false;
  check("version", version == number("version"));
  return true;
}

static bool read_signal(const struct frame *frame) {
  struct signal_request r;
  if (!wire_read_signal(frame, &r)) return false;
  check("generation", r.generation == number("generation"));
  check("whom", r.whom == choice("whom", whoms));
  check("signal", r.signal == number("signal"));
  check("cont", r.cont == number("cont"));
  return true;
}

static bool read_signal_one(const struct frame *frame) {
  struct signal_one_request r;
  if (!wire_read_signal_one(frame, &r)) return false;
  check("generation", r.generation == number("generation"));
  check("pid", r.pid == number("pid"));
  check("born", r.born == number("born"));
  check("signal", r.signal == number("signal"));
  check("cont", r.cont == number("cont"));
  check("watch", r.watch == number("watch"));
  return true;
}

static bool read_rearm(const struct frame *frame) {
  struct stream_request r;
  if (!wire_read_rearm(frame, &r)) return false;
  check("generation", r.generation == number("generation"));
  check("stream", r.stream == choice("stream", streams));
  return true;
}

static bool read_stream(const struct frame *frame) {
  struct stream_request r;
  if (!wire_read_stream(frame, &r)) return false;
  check("generation", r.generation == number("generation"));
  check("stream", r.stream == choice("stream", streams));
  return true;
}

static bool read_key(const struct frame *frame) {
  uint32_t key;
  if (!wire_read_key(frame, &key)) return false;
  check("key", key == number(find("socket") ? "socket" : find("length") ? "length" : find("limitMs") ? "limitMs" : "generation"));
  return true;
}

static uint8_t options(void) {
  return (uint8_t)(number("v6only") * OPTION_V6ONLY | number("freebind") * OPTION_FREEBIND | number("blocking") * OPTION_BLOCKING |
                   number("unlinkStale") * OPTION_UNLINK_STALE);
}

static bool read_listen(const struct frame *frame) {
  struct listen_request r;
  if (!wire_read_listen(frame, &r)) return false;
  check("socket", r.socket == number("socket"));
  check("kind", r.kind == choice("kind", socket_kinds));
  check("options", r.options == options());
  check("address", same(r.address, word("address")));
  check("port", r.port == number("port"));
  check("backlog", r.backlog == number("backlog"));
  check("uid", r.uid == number_or_none("uid"));
  check("gid", r.gid == number_or_none("gid"));
  check("mode", r.mode == number_or_none("mode"));
  return true;
}

static bool read_become(const struct frame *frame) {
  struct become_request r;
  if (!wire_read_become(frame, &r)) return false;
  check("detach", r.detach == number("detach"));
  check_identity(&r.identity);
  check("umask", r.umask == number("umask"));
  return true;
}

static bool read_datagrams(const struct frame *frame) {
  struct datagrams_request r;
  if (!wire_read_datagrams(frame, &r)) return false;
  check("address", same(r.address, word("address")));
  check_texts("messages", r.messages);
  return true;
}

static bool read_shutdown(const struct frame *frame) {
  struct shutdown_request r;
  if (!wire_read_shutdown(frame, &r)) return false;
  check("code", r.code == number("code"));
  check("graceMs", r.grace_ms == number("graceMs"));
  return true;
}

static bool read_replace(const struct frame *frame) {
  struct replace_request r;
  if (!wire_read_replace(frame, &r)) return false;
  check("init", same(r.init, word("init")));
  check_texts("command", r.command);
  check_texts("former", r.former);
  return true;
}

static bool read_log(const struct frame *frame) {
  struct log_request r;
  if (!wire_read_log(frame, &r)) return false;
  check("log", r.log == number("log"));
  check("turn", r.turn == number("turn"));
  check("logger", r.logger == number("logger"));
  check("fd", r.fd == (int32_t)number("fd"));
  check("device", r.device == number("device"));
  check("ino", r.inode == number("ino"));
  check("limit", r.limit == number("limit"));
  return true;
}

static bool read_pour(const struct frame *frame) {
  struct pour_request r;
  if (!wire_read_pour(frame, &r)) return false;
  check("generation", r.generation == number("generation"));
  check("stream", r.stream == choice("stream", streams));
  check("logger", r.logger == number("logger"));
  check("log", r.log == number("log"));
  return true;
}

static bool read_close_log(const struct frame *frame) {
  struct close_log_request r;
  if (!wire_read_close_log(frame, &r)) return false;
  check("log", r.log == number("log"));
  check("logger", r.logger == number("logger"));
  return true;
}

/* Of two fields, as bit 0 and bit 1. */
static uint8_t bits(const char *low, const char *high) {
  return (uint8_t)((find(low) && number(low) ? 1 : 0) | (find(high) && number(high) ? 2 : 0));
}

static size_t write_hello(uint32_t id) {
  struct hello_report r = {.pid = (uint32_t)number("pid"), .nofile = number("nofile")};
  if (number("pid1")) r.facts |= FACT_PID1;
  if (number("subreaper")) r.facts |= FACT_SUBREAPER;
  if (number("became")) r.facts |= FACT_BECAME;
  return wire_hello(out, id, &r);
}

static struct generation_report generation(void) {
  return (struct generation_report){
      .generation = (uint32_t)number("generation"), .title = word("title"), .life = find("life") ? choice("life", lives) : 0,
      .shim = (uint32_t)number("shim"), .main = (uint32_t)number("main"), .status = (int32_t)number("status"),
      .started_ms = number("startedMs"), .ended_ms = number("endedMs"), .stream = {(int32_t)number("stdin"), (int32_t)number("stdout"), (int32_t)number("stderr")},
      .ready = find("ready") && number("ready"), .poured = bits("stdoutPoured", "stderrPoured")};
}

static size_t write_generation(uint32_t id) { return wire_generation(out, id, &(struct generation_report[]){generation()}[0]); }
static size_t write_spawned(uint32_t id) { return wire_spawned(out, id, &(struct generation_report[]){generation()}[0]); }
static size_t write_snapshot_end(uint32_t id) { return wire_snapshot_end(out, id); }
static size_t write_result(uint32_t id) { return wire_result(out, id, (int32_t)number("errno"), (uint32_t)number("count")); }
static size_t write_failed(uint32_t id) {
  return wire_spawn_failed(out, id, (uint32_t)number("generation"), choice("stage", stages), (int32_t)number("errno"));
}
static size_t write_exited(uint32_t id) {
  (void)id;
  struct exited_report r = {(uint32_t)number("generation"), (int32_t)number("status"), number("userUs"), number("systemUs"), number("maxrssKb"),
                            bits("stdoutUnread", "stderrUnread")};
  return wire_exited(out, &r);
}
static size_t write_empty(uint32_t id) {
  return (void)id, wire_empty(out, (uint32_t)number("generation"), (uint32_t)number("orphans"), bits("stdoutUnread", "stderrUnread"));
}
static size_t write_full(uint32_t id) { return (void)id, wire_log_full(out, (uint32_t)number("log"), (uint32_t)number("turn")); }
static size_t write_trouble(uint32_t id) {
  return (void)id, wire_log_trouble(out, (uint32_t)number("log"), (int32_t)number("errno"), number("lost"));
}
static size_t write_logger_lost(uint32_t id) { return (void)id, wire_logger_lost(out, (uint8_t)number("logger")); }
static size_t write_received(uint32_t id) { return (void)id, wire_received(out, (uint8_t)number("signal"), (uint32_t)number("generation")); }
static size_t write_reaped(uint32_t id) {
  return (void)id, wire_reaped(out, (uint32_t)number("count"), (uint32_t)number("pid"), (int32_t)number("status"));
}
static size_t write_readable(uint32_t id) { return (void)id, wire_readable(out, (uint32_t)number("generation"), choice("stream", streams)); }
static size_t write_lost(uint32_t id) { return (void)id, wire_shim_lost(out, (uint32_t)number("generation")); }

static struct socket_report held(void) {
  return (struct socket_report){(uint32_t)number("socket"), find("kind") ? choice("kind", socket_kinds) : 0, options(),
                                word("address"), (uint16_t)number("port"), number("inode")};
}
static size_t write_socket(uint32_t id) { return wire_socket(out, id, &(struct socket_report[]){held()}[0]); }
static size_t write_listening(uint32_t id) { return wire_listening(out, id, &(struct socket_report[]){held()}[0]); }
static size_t write_listen_failed(uint32_t id) {
  return wire_listen_failed(out, id, (uint32_t)number("socket"), choice("stage", listen_stages), (int32_t)number("errno"));
}
static size_t write_notify(uint32_t id) {
  return (void)id, wire_notify(out, (uint32_t)number("generation"), (uint32_t)number("sender"), word("text"));
}
static size_t write_refused(uint32_t id) {
  return (void)id, wire_notify_refused(out, (uint32_t)number("generation"), (uint32_t)number("sender"), (uint32_t)number("count"));
}
static size_t write_used(uint32_t id) {
  struct used_report r = {(uint32_t)number("generation"), (uint32_t)number("binds"), (uint32_t)number("listens"), number("accepted"),
                          (uint32_t)number("open"), (uint32_t)number("accepting"), (uint32_t)number("refusals"), (uint32_t)number("misses"),
                          number("quiet"), number("idle"), word("missed")};
  return wire_used(out, id, &r);
}
static size_t write_drained(uint32_t id) { return (void)id, wire_drained(out, (uint32_t)number("generation")); }

static bool read_memo(const struct frame *frame) {
  struct memo r;
  if (!wire_read_memo(frame, &r)) return false;
  check("key", same(r.key, word("key")));
  check("text", same(r.text, word("text")));
  return true;
}

static uint8_t *put_text(uint8_t *at, struct text text) {
  at = wire_put_u32(at, text.length);
  memcpy(at, text.bytes, text.length);
  return at + text.length;
}

static size_t write_memo(uint32_t id) {
  size_t head = wire_memo_head(out, id, 8 + word("key").length + word("text").length);
  return (size_t)(put_text(put_text(out + head, word("key")), word("text")) - out);
}

static bool read_nothing(const struct frame *frame) { return wire_read_nothing(frame); }
static size_t write_ping(uint32_t id) { return (void)id, wire_ping(out); }
static size_t write_farewell(uint32_t id) {
  return wire_farewell(out, id, &(struct farewell_report){(int32_t)number("status"), number("hung"), word("words")});
}

static size_t write_left(uint32_t id) { return (void)id, wire_left(out, (uint32_t)number("generation"), (uint32_t)number("pid")); }

static const char *const replaceds[] = {"", "on-trial", "ended", "late", "not-executed", "not-resumed", NULL};
static size_t write_refused_reason(uint32_t id) { return wire_refused(out, id, word("reason")); }
static size_t write_replaced(uint32_t id) { return wire_replaced(out, id, choice("outcome", replaceds), (int32_t)number("code")); }

static const struct {
  uint16_t type;
  const char *name;
  bool (*read)(const struct frame *frame);
  size_t (*write)(uint32_t id);
} kinds[] = {
    {FRAME_HELLO, "hello", read_hello, NULL}, {FRAME_SPAWN, "spawn", read_spawn, NULL}, {FRAME_SIGNAL, "signal", read_signal, NULL},
    {FRAME_REARM, "rearm", read_rearm, NULL}, {FRAME_CLOSE_STREAM, "close-stream", read_stream, NULL},
    {FRAME_RELEASE, "release", read_key, NULL}, {FRAME_BECOME, "become", read_become, NULL}, {FRAME_SHUTDOWN, "shutdown", read_shutdown, NULL},
    {0x81, "hello", NULL, write_hello}, {0x82, "generation", NULL, write_generation}, {0x83, "snapshot-end", NULL, write_snapshot_end},
    {0x84, "result", NULL, write_result}, {0x90, "spawned", NULL, write_spawned}, {0x91, "spawn-failed", NULL, write_failed},
    {0x92, "exited", NULL, write_exited}, {0x93, "empty", NULL, write_empty}, {0x94, "received", NULL, write_received},
    {0x95, "reaped", NULL, write_reaped}, {0x96, "readable", NULL, write_readable}, {0x97, "shim-lost", NULL, write_lost},
    {FRAME_LISTEN, "listen", read_listen, NULL}, {FRAME_CLOSE_SOCKET, "close-socket", read_key, NULL}, {FRAME_QUIET, "quiet", read_key, NULL},
    {FRAME_USAGE, "usage", read_key, NULL}, {FRAME_GO, "go", read_key, NULL}, {FRAME_DATAGRAMS, "datagrams", read_datagrams, NULL}, {0x85, "socket", NULL, write_socket}, {0xa0, "listening", NULL, write_listening},
    {0xa1, "listen-failed", NULL, write_listen_failed}, {0xa2, "notify", NULL, write_notify}, {0xa3, "notify-refused", NULL, write_refused},
    {0xa4, "used", NULL, write_used}, {0xa5, "drained", NULL, write_drained},
    {FRAME_SIGNAL_ONE, "signal-one", read_signal_one, NULL}, {0x98, "left", NULL, write_left},
    {FRAME_LOG, "log", read_log, NULL}, {FRAME_POUR, "pour", read_pour, NULL}, {FRAME_RETURN, "return", read_stream, NULL},
    {FRAME_CLOSE_LOG, "close-log", read_close_log, NULL}, {0xb0, "log-full", NULL, write_full}, {0xb1, "log-trouble", NULL, write_trouble},
    {0xb2, "logger-lost", NULL, write_logger_lost},
    {FRAME_MEMO, "memo", read_memo, NULL}, {FRAME_STEP, "step", read_key, NULL}, {0x86, "memo", NULL, write_memo},
    {FRAME_WATCHDOG, "watchdog", read_key, NULL}, {FRAME_ALIVE, "alive", read_nothing, NULL}, {0x8e, "farewell", NULL, write_farewell}, {0x8f, "ping", NULL, write_ping},
    {FRAME_REPLACE, "replace", read_replace, NULL}, {FRAME_SETTLED, "settled", read_nothing, NULL}, {0x87, "replaced", NULL, write_replaced}, {0x88, "refused", NULL, write_refused_reason},
};

/* In a block of exactly its size, so that the sanitizer sees a read beyond it. */
static bool read_exactly(bool (*read)(const struct frame *), uint16_t reserved, const uint8_t *payload, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  if (size) memcpy(copy, payload, size);
  struct frame frame = {.reserved = reserved, .payload = copy, .length = (uint32_t)size};
  bool good = read(&frame);
  free(copy);
  return good;
}

static void check_broken_forms(const struct frame *frame, bool (*read)(const struct frame *)) {
  uint8_t longer[sizeof bytes + 1] = {0};
  memcpy(longer, frame->payload, frame->length);
  check("with a byte left over", !read_exactly(read, 0, longer, frame->length + 1));
  check("with the reserved field set", !read_exactly(read, 1, longer, frame->length));
  for (size_t size = 0; size < frame->length; size++) check("cut short", !read_exactly(read, 0, longer, size));
  /* Every count and length blown up: some fields may hold anything, but none may lead outside the frame. */
  quiet = true;
  for (size_t at = 0; at + 4 <= frame->length; at++) {
    memcpy(longer, frame->payload, frame->length);
    memset(longer + at, 0xff, 4);
    read_exactly(read, 0, longer, frame->length);
  }
  quiet = false;
}

static void run(void) {
  struct frame frame;
  int before = failed;
  size_t kind = 0;
  check("is one whole frame", wire_next(bytes, length, &frame) == WIRE_FRAME && frame.length + WIRE_HEADER == length);
  for (size_t cut = 0; cut < length; cut++) check("is incomplete when cut", wire_next(bytes, cut, &frame) == WIRE_INCOMPLETE);
  if (wire_next(bytes, length, &frame) != WIRE_FRAME) return;
  while (kind < sizeof kinds / sizeof *kinds && kinds[kind].type != frame.type) kind++;
  if (kind == sizeof kinds / sizeof *kinds) {
    check("has a type this test does not know", false);
    return;
  }
  struct text type = word("type");
  check("type", same(type, (struct text){(const uint8_t *)kinds[kind].name, (uint32_t)strlen(kinds[kind].name)}));
  check("id", frame.id == number("id"));
  if (kinds[kind].read) {
    check("can be read", kinds[kind].read(&frame));
    check_broken_forms(&frame, kinds[kind].read);
  } else {
    size_t written = kinds[kind].write(frame.id);
    check("is written the same", written == length && memcmp(out, bytes, length) == 0);
  }
  if (failed != before) return;
  printf("ok wire: %s\n", vector_name);
  passed++;
}

static void check_limits(void) {
  struct frame frame;
  uint8_t header[WIRE_HEADER] = {0, 0, 0x10, 0};
  int before = failed;
  vector_name = "limits";
  json = "";
  check("a frame of 1 MiB is awaited", wire_next(header, sizeof header, &frame) == WIRE_INCOMPLETE);
  header[0] = 1;
  check("a longer one is refused", wire_next(header, sizeof header, &frame) == WIRE_TOO_LONG);
  static char title[1000];
  memset(title, 'x', sizeof title);
  struct generation_report report = {.title = {(const uint8_t *)title, sizeof title}};
  check("a title is cut", wire_generation(out, 1, &report) <= WIRE_REPORT_MAX && wire_u32(out + WIRE_HEADER + 4) == WIRE_TITLE_MAX);
  static char word_of_service[WIRE_NOTIFY_TEXT + 1];
  struct text said = {(const uint8_t *)word_of_service, sizeof word_of_service};
  check("a word is cut", wire_notify(out, 1, 2, said) == WIRE_NOTIFY_MAX && wire_u32(out + WIRE_HEADER + 8) == WIRE_NOTIFY_TEXT);
  struct socket_report socket = {.address = {(const uint8_t *)title, sizeof title}};
  check("an address is cut", wire_socket(out, 1, &socket) <= WIRE_REPORT_MAX);
  struct used_report used = {.missed = {(const uint8_t *)title, sizeof title}};
  check("a missed address is cut", wire_used(out, 1, &used) <= WIRE_REPORT_MAX);
  struct spawn_request spawn;
  const uint8_t with_nul[] = {1, 0, 0, 0, 1, 0, 0, 0, 0};
  frame = (struct frame){.payload = with_nul, .length = sizeof with_nul};
  check("a NUL inside a string is refused", !wire_read_spawn(&frame, &spawn));
  if (failed != before) return;
  printf("ok wire: limits\n");
  passed++;
}

int main(int argc, char **argv) {
  static char line[4096], name[128], fields[4096];
  bool inside = false;
  FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
  if (!file) return 2;
  vector_name = name;
  json = fields;
  while (fgets(line, sizeof line, file)) {
    bool blank = line[strspn(line, " \n")] == 0;
    if (strncmp(line, "```", 3) == 0) inside = strncmp(line, "```vectors", 10) == 0;
    if (!inside || line[0] == '`') continue;
    if (blank) {
      if (length) run();
      length = 0;
      name[0] = fields[0] = 0;
    } else if (!name[0]) {
      snprintf(name, sizeof name, "%.*s", (int)strcspn(line, "\n"), line);
    } else if (!fields[0]) {
      snprintf(fields, sizeof fields, "%s", line);
    } else {
      for (char *p = line; isxdigit((unsigned char)p[0]) && length < sizeof bytes; p += 2, p += strspn(p, " \n")) {
        unsigned value;
        if (sscanf(p, "%2x", &value) == 1) bytes[length++] = (uint8_t)value;
      }
    }
  }
  fclose(file);
  if (length) run();
  check_limits();
  if (!passed) failed++;
  printf("wire: %d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}
