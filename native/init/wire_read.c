#include <string.h>

#include "wire.h"

/* Takes fields off the front; once something is missing it stays `broken` and yields zeros. */
struct reader {
  const uint8_t *at;
  size_t left;
  bool broken;
};

uint32_t wire_u32(const uint8_t *b) {
  return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

uint64_t wire_u64(const uint8_t *b) { return (uint64_t)wire_u32(b) | (uint64_t)wire_u32(b + 4) << 32; }

static const uint8_t *take(struct reader *reader, size_t count) {
  if (reader->broken || reader->left < count) {
    reader->broken = true;
    return NULL;
  }
  const uint8_t *taken = reader->at;
  reader->at += count;
  reader->left -= count;
  return taken;
}

static uint8_t take_u8(struct reader *reader) {
  const uint8_t *b = take(reader, 1);
  return b ? *b : 0;
}

static uint16_t take_u16(struct reader *reader) {
  const uint8_t *b = take(reader, 2);
  return b ? (uint16_t)(b[0] | b[1] << 8) : 0;
}

static uint32_t take_u32(struct reader *reader) {
  const uint8_t *b = take(reader, 4);
  return b ? wire_u32(b) : 0;
}

static uint64_t take_u64(struct reader *reader) {
  const uint8_t *b = take(reader, 8);
  return b ? wire_u64(b) : 0;
}

/* A byte that must not be above `highest`. */
static uint8_t take_choice(struct reader *reader, uint8_t highest) {
  uint8_t value = take_u8(reader);
  if (value > highest) reader->broken = true;
  return value;
}

static struct text take_text(struct reader *reader) {
  struct text text = {.length = take_u32(reader)};
  text.bytes = take(reader, text.length);
  if (!text.bytes || memchr(text.bytes, 0, text.length)) {
    reader->broken = true;
    text.length = 0;
  }
  return text;
}

static struct sequence take_texts(struct reader *reader) {
  struct sequence texts = {.count = take_u32(reader)};
  texts.bytes = reader->at;
  for (uint32_t i = 0; i < texts.count && !reader->broken; i++) take_text(reader);
  return texts;
}

static struct sequence take_fixed(struct reader *reader, size_t size) {
  struct sequence items = {.count = take_u32(reader)};
  /* The division keeps the product from wrapping where size_t has 32 bits. */
  if (items.count > reader->left / size) reader->broken = true;
  items.bytes = take(reader, items.count * size);
  return items;
}

static struct identity take_identity(struct reader *reader) {
  struct identity identity = {.set = take_choice(reader, 1)};
  identity.uid = take_u32(reader);
  identity.gid = take_u32(reader);
  identity.groups = take_fixed(reader, 4);
  return identity;
}

/* A descriptor's number, or -1. */
static int32_t take_number(struct reader *reader) {
  int32_t number = (int32_t)take_u32(reader);
  if (number < -1) reader->broken = true;
  return number;
}

static struct hand_request take_hand(struct reader *reader) {
  struct hand_request hand = {.sockets = take_fixed(reader, WIRE_HANDED)};
  hand.notify = take_text(reader);
  hand.line = take_number(reader);
  hand.page = take_number(reader);
  hand.wake = take_number(reader);
  hand.idle = take_number(reader);
  hand.go = take_number(reader);
  hand.channel = take_number(reader);
  return hand;
}

static struct reader begin(const struct frame *frame) {
  return (struct reader){.at = frame->payload, .left = frame->length, .broken = frame->reserved != 0};
}

static bool whole(const struct reader *reader) { return !reader->broken && reader->left == 0; }

enum wire_found wire_next(const uint8_t *bytes, size_t length, struct frame *out) {
  if (length < 4) return WIRE_INCOMPLETE;
  uint32_t payload = wire_u32(bytes);
  if (payload > WIRE_PAYLOAD_MAX) return WIRE_TOO_LONG;
  if (length < (size_t)WIRE_HEADER + payload) return WIRE_INCOMPLETE;
  out->type = (uint16_t)(bytes[4] | bytes[5] << 8);
  out->reserved = (uint16_t)(bytes[6] | bytes[7] << 8);
  out->id = wire_u32(bytes + 8);
  out->payload = bytes + WIRE_HEADER;
  out->length = payload;
  return WIRE_FRAME;
}

bool wire_read_hello(const struct frame *frame, uint16_t *version) {
  struct reader reader = begin(frame);
  *version = take_u16(&reader);
  return whole(&reader);
}

bool wire_read_spawn(const struct frame *frame, struct spawn_request *out) {
  struct reader reader = begin(frame);
  out->generation = take_u32(&reader);
  out->title = take_text(&reader);
  out->plan[STREAM_STDIN] = take_choice(&reader, PLAN_PIPE);
  out->plan[STREAM_STDOUT] = take_choice(&reader, PLAN_PIPE);
  out->plan[STREAM_STDERR] = take_choice(&reader, PLAN_AS_STDOUT);
  out->identity = take_identity(&reader);
  out->umask = (int32_t)take_u32(&reader);
  out->rlimits = take_fixed(&reader, WIRE_RLIMIT);
  out->cwd = take_text(&reader);
  out->exe = take_text(&reader);
  out->argv = take_texts(&reader);
  out->env = take_texts(&reader);
  out->hand = take_hand(&reader);
  return whole(&reader);
}

bool wire_read_signal(const struct frame *frame, struct signal_request *out) {
  struct reader reader = begin(frame);
  out->generation = take_u32(&reader);
  out->whom = take_choice(&reader, WHOM_TREE);
  out->signal = take_u8(&reader);
  out->cont = take_choice(&reader, 1);
  return whole(&reader);
}

bool wire_read_signal_one(const struct frame *frame, struct signal_one_request *out) {
  struct reader reader = begin(frame);
  out->generation = take_u32(&reader);
  out->pid = take_u32(&reader);
  out->born = take_u64(&reader);
  out->signal = take_u8(&reader);
  out->cont = take_choice(&reader, 1);
  out->watch = take_choice(&reader, 1);
  return whole(&reader);
}

static bool read_stream(const struct frame *frame, struct stream_request *out, uint8_t highest) {
  struct reader reader = begin(frame);
  out->generation = take_u32(&reader);
  out->stream = take_choice(&reader, highest);
  return whole(&reader);
}

bool wire_read_stream(const struct frame *frame, struct stream_request *out) { return read_stream(frame, out, STREAM_STDERR); }

bool wire_read_rearm(const struct frame *frame, struct stream_request *out) { return read_stream(frame, out, STREAM_NOTIFY); }

bool wire_read_key(const struct frame *frame, uint32_t *key) {
  struct reader reader = begin(frame);
  *key = take_u32(&reader);
  return whole(&reader);
}

bool wire_read_nothing(const struct frame *frame) {
  struct reader reader = begin(frame);
  return whole(&reader);
}

bool wire_read_listen(const struct frame *frame, struct listen_request *out) {
  struct reader reader = begin(frame);
  out->socket = take_u32(&reader);
  out->kind = take_choice(&reader, SOCKET_UNIX_DGRAM);
  out->options = take_choice(&reader, OPTION_V6ONLY | OPTION_FREEBIND | OPTION_BLOCKING | OPTION_UNLINK_STALE);
  out->address = take_text(&reader);
  out->port = take_u16(&reader);
  out->backlog = take_u32(&reader);
  out->uid = take_u32(&reader);
  out->gid = take_u32(&reader);
  out->mode = take_u32(&reader);
  return whole(&reader);
}

bool wire_read_become(const struct frame *frame, struct become_request *out) {
  struct reader reader = begin(frame);
  out->detach = take_choice(&reader, 1);
  out->identity = take_identity(&reader);
  out->umask = take_u32(&reader);
  return whole(&reader);
}

bool wire_read_datagrams(const struct frame *frame, struct datagrams_request *out) {
  struct reader reader = begin(frame);
  out->address = take_text(&reader);
  out->messages = take_texts(&reader);
  return whole(&reader);
}

bool wire_read_memo(const struct frame *frame, struct memo *out) {
  struct reader reader = begin(frame);
  out->key = take_text(&reader);
  out->text = take_text(&reader);
  return whole(&reader);
}

bool wire_read_log(const struct frame *frame, struct log_request *out) {
  struct reader reader = begin(frame);
  out->log = take_u32(&reader);
  out->turn = take_u32(&reader);
  out->logger = take_u8(&reader);
  out->fd = (int32_t)take_u32(&reader);
  out->device = take_u64(&reader);
  out->inode = take_u64(&reader);
  out->limit = take_u64(&reader);
  return whole(&reader);
}

bool wire_read_pour(const struct frame *frame, struct pour_request *out) {
  struct reader reader = begin(frame);
  out->generation = take_u32(&reader);
  out->stream = take_choice(&reader, STREAM_STDERR);
  out->logger = take_u8(&reader);
  out->log = take_u32(&reader);
  return whole(&reader);
}

bool wire_read_close_log(const struct frame *frame, struct close_log_request *out) {
  struct reader reader = begin(frame);
  out->log = take_u32(&reader);
  out->logger = take_u8(&reader);
  return whole(&reader);
}

bool wire_read_shutdown(const struct frame *frame, struct shutdown_request *out) {
  struct reader reader = begin(frame);
  out->code = take_u8(&reader);
  out->grace_ms = take_u32(&reader);
  return whole(&reader);
}

bool wire_read_replace(const struct frame *frame, struct replace_request *out) {
  struct reader reader = begin(frame);
  out->init = take_text(&reader);
  out->command = take_texts(&reader);
  out->former = take_texts(&reader);
  return whole(&reader);
}
