/* What init does with bytes that come over the link, for a fuzzer: link.c and the readers of wire_read.c as they are, memos.c behind them; every string
 * and list of a frame that was read is looked at to its end. The first byte says into how many reads the rest is cut.
 * With clang: clang -g -fsanitize=fuzzer,address,undefined native/test/fuzz/link_reader.c native/init/{link,memos,wire_read,wire_write}.c */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../init/complain.h"
#include "../../init/link.h"
#include "../../init/memos.h"
#include "../../init/watch.h"
#include "../../init/watchdog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What link.c asks of the rest of init. */
bool watch_add(int fd, enum watch_kind kind, uint32_t index) { return fd >= 0 && kind == WATCH_LINK && index == 0; }
bool watch_change(int fd, enum watch_kind kind, bool writable) { return (void)writable, fd >= 0 && kind == WATCH_LINK; }
void watch_remove(int fd) { (void)fd; }
void watchdog_sent(void) {}
void complain(const char *format, ...) { (void)format; }

static volatile uint32_t seen;

static void look(struct text text) {
  for (uint32_t i = 0; i < text.length; i++) seen += text.bytes[i];
}

static void look_at_all(struct sequence list, uint32_t each) {
  look((struct text){list.bytes, list.count * each});
}

static void look_at_texts(struct sequence list) {
  const uint8_t *at = list.bytes;
  for (uint32_t i = 0; i < list.count; i++) {
    const struct text text = {at + 4, wire_u32(at)};
    look(text);
    at = text.bytes + text.length;
  }
}

static void spawn(const struct frame *frame) {
  struct spawn_request request;
  if (!wire_read_spawn(frame, &request)) return;
  const struct text texts[] = {request.title, request.cwd, request.exe, request.hand.notify};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) look(texts[i]);
  look_at_all(request.identity.groups, 4);
  look_at_all(request.rlimits, WIRE_RLIMIT);
  look_at_all(request.hand.sockets, WIRE_HANDED);
  look_at_texts(request.argv);
  look_at_texts(request.env);
}

static void rest(const struct frame *frame) {
  struct listen_request listen;
  struct datagrams_request datagrams;
  struct become_request become;
  struct memo memo;
  if (wire_read_listen(frame, &listen)) look(listen.address);
  if (wire_read_become(frame, &become)) look_at_all(become.identity.groups, 4);
  if (wire_read_datagrams(frame, &datagrams)) {
    look(datagrams.address);
    look_at_texts(datagrams.messages);
  }
  if (wire_read_memo(frame, &memo)) seen += (uint32_t)memos_keep(&memo);
}

static void small(const struct frame *frame) {
  uint16_t version;
  uint32_t key;
  struct signal_request signal;
  struct signal_one_request one;
  struct stream_request stream;
  struct shutdown_request shutdown;
  seen += wire_read_hello(frame, &version) + wire_read_key(frame, &key) + wire_read_signal(frame, &signal) + wire_read_nothing(frame);
  seen += wire_read_signal_one(frame, &one) + wire_read_stream(frame, &stream) + wire_read_rearm(frame, &stream);
  seen += wire_read_shutdown(frame, &shutdown);
}

/* Each reader gets every frame: one that is not its own is only another damaged one. In a block of exactly its size, so that the sanitizer sees a read
 * beyond it. */
static void handle(const struct frame *frame) {
  uint8_t out[WIRE_REPORT_MAX], *copy = malloc(frame->length ? frame->length : 1);
  struct frame exact = *frame;
  if (!copy) abort();
  memcpy(copy, frame->payload, frame->length);
  exact.payload = copy;
  spawn(&exact);
  rest(&exact);
  small(&exact);
  free(copy);
  link_send(out, wire_result(out, frame->id, 0, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool begun;
  int pair[2];
  if (!begun && (!link_reserve() || !memos_open())) return 0;
  begun = true;
  if (size < 1 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) return 0;
  if (!link_open(pair[0])) return 0;
  const size_t parts = 1 + data[0] % 7, length = size - 1;
  for (size_t part = 0; part < parts && link_is_open(); part++) {
    const size_t from = length * part / parts, to = length * (part + 1) / parts;
    if (to > from && send(pair[1], data + 1 + from, to - from, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) break;
    link_read(handle);
    link_flush();
  }
  close(pair[1]);
  link_close();
  size_t at = 0;
  for (struct text memo; memos_next(&at, &memo);) look(memo);
  return 0;
}
