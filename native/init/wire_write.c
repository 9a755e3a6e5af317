#include <string.h>

#include "wire.h"

/* Appends fields behind a header whose length is filled in at the end. The callers' frames are of known, small size. */
struct writer {
  uint8_t *start, *at;
};

static void put(struct writer *writer, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) *writer->at++ = (uint8_t)(value >> (8 * i));
}

uint8_t *wire_put_u32(uint8_t *out, uint32_t value) {
  struct writer writer = {out, out};
  put(&writer, value, 4);
  return writer.at;
}

static void put_u8(struct writer *writer, uint8_t value) { put(writer, value, 1); }
static void put_u32(struct writer *writer, uint32_t value) { put(writer, value, 4); }
static void put_i32(struct writer *writer, int32_t value) { put(writer, (uint32_t)value, 4); }
static void put_u64(struct writer *writer, uint64_t value) { put(writer, value, 8); }

/* The callers' texts fit; what is longer is cut. */
static void put_text(struct writer *writer, struct text text, uint32_t most) {
  uint32_t length = text.length < most ? text.length : most;
  put_u32(writer, length);
  if (length) memcpy(writer->at, text.bytes, length);
  writer->at += length;
}

static struct writer begin(uint8_t *out, uint16_t type, uint32_t id) {
  struct writer writer = {out, out};
  put_u32(&writer, 0);
  put(&writer, type, 2);
  put(&writer, 0, 2);
  put_u32(&writer, id);
  return writer;
}

static size_t end(struct writer *writer) {
  size_t length = (size_t)(writer->at - writer->start);
  struct writer header = {writer->start, writer->start};
  put_u32(&header, (uint32_t)(length - WIRE_HEADER));
  return length;
}

size_t wire_hello(uint8_t *out, uint32_t id, const struct hello_report *report) {
  struct writer writer = begin(out, 0x81, id);
  put(&writer, WIRE_VERSION, 2);
  put_u32(&writer, report->pid);
  put_u8(&writer, report->facts);
  put_u64(&writer, report->nofile);
  return end(&writer);
}

static void put_streams(struct writer *writer, const struct generation_report *report) {
  put_u64(writer, report->started_ms);
  for (int i = 0; i < STREAM_COUNT; i++) put_i32(writer, report->stream[i]);
}

size_t wire_generation(uint8_t *out, uint32_t id, const struct generation_report *report) {
  struct writer writer = begin(out, 0x82, id);
  put_u32(&writer, report->generation);
  put_text(&writer, report->title, WIRE_TITLE_MAX);
  put_u8(&writer, report->life);
  put_u32(&writer, report->shim);
  put_u32(&writer, report->main);
  put_i32(&writer, report->status);
  put_streams(&writer, report);
  put_u8(&writer, report->ready);
  put_u64(&writer, report->ended_ms);
  put_u8(&writer, report->poured);
  return end(&writer);
}

size_t wire_snapshot_end(uint8_t *out, uint32_t id) {
  struct writer writer = begin(out, 0x83, id);
  return end(&writer);
}

size_t wire_result(uint8_t *out, uint32_t id, int32_t error, uint32_t count) {
  struct writer writer = begin(out, 0x84, id);
  put_i32(&writer, error);
  put_u32(&writer, count);
  return end(&writer);
}

size_t wire_spawned(uint8_t *out, uint32_t id, const struct generation_report *report) {
  struct writer writer = begin(out, 0x90, id);
  put_u32(&writer, report->generation);
  put_u32(&writer, report->shim);
  put_u32(&writer, report->main);
  put_streams(&writer, report);
  return end(&writer);
}

size_t wire_spawn_failed(uint8_t *out, uint32_t id, uint32_t generation, uint8_t stage, int32_t error) {
  struct writer writer = begin(out, 0x91, id);
  put_u32(&writer, generation);
  put_u8(&writer, stage);
  put_i32(&writer, error);
  return end(&writer);
}

size_t wire_exited(uint8_t *out, const struct exited_report *report) {
  struct writer writer = begin(out, 0x92, 0);
  put_u32(&writer, report->generation);
  put_i32(&writer, report->status);
  put_u64(&writer, report->user_us);
  put_u64(&writer, report->system_us);
  put_u64(&writer, report->maxrss_kb);
  put_u8(&writer, report->unread);
  return end(&writer);
}

size_t wire_empty(uint8_t *out, uint32_t generation, uint32_t orphans, uint8_t unread) {
  struct writer writer = begin(out, 0x93, 0);
  put_u32(&writer, generation);
  put_u32(&writer, orphans);
  put_u8(&writer, unread);
  return end(&writer);
}

size_t wire_received(uint8_t *out, uint8_t signal, uint32_t generation) {
  struct writer writer = begin(out, 0x94, 0);
  put_u8(&writer, signal);
  put_u32(&writer, generation);
  return end(&writer);
}

size_t wire_reaped(uint8_t *out, uint32_t count, uint32_t pid, int32_t status) {
  struct writer writer = begin(out, 0x95, 0);
  put_u32(&writer, count);
  put_u32(&writer, pid);
  put_i32(&writer, status);
  return end(&writer);
}

size_t wire_readable(uint8_t *out, uint32_t generation, uint8_t stream) {
  struct writer writer = begin(out, 0x96, 0);
  put_u32(&writer, generation);
  put_u8(&writer, stream);
  return end(&writer);
}

size_t wire_shim_lost(uint8_t *out, uint32_t generation) {
  struct writer writer = begin(out, 0x97, 0);
  put_u32(&writer, generation);
  return end(&writer);
}

size_t wire_left(uint8_t *out, uint32_t generation, uint32_t pid) {
  struct writer writer = begin(out, 0x98, 0);
  put_u32(&writer, generation);
  put_u32(&writer, pid);
  return end(&writer);
}

size_t wire_socket(uint8_t *out, uint32_t id, const struct socket_report *report) {
  struct writer writer = begin(out, 0x85, id);
  put_u32(&writer, report->socket);
  put_u8(&writer, report->kind);
  put_u8(&writer, report->options);
  put_text(&writer, report->address, WIRE_ADDRESS_MAX);
  put(&writer, report->port, 2);
  put_u64(&writer, report->inode);
  return end(&writer);
}

size_t wire_listening(uint8_t *out, uint32_t id, const struct socket_report *report) {
  struct writer writer = begin(out, 0xa0, id);
  put_u32(&writer, report->socket);
  put(&writer, report->port, 2);
  put_u64(&writer, report->inode);
  return end(&writer);
}

size_t wire_listen_failed(uint8_t *out, uint32_t id, uint32_t socket, uint8_t stage, int32_t error) {
  struct writer writer = begin(out, 0xa1, id);
  put_u32(&writer, socket);
  put_u8(&writer, stage);
  put_i32(&writer, error);
  return end(&writer);
}

size_t wire_notify(uint8_t *out, uint32_t generation, uint32_t sender, struct text said) {
  struct writer writer = begin(out, 0xa2, 0);
  put_u32(&writer, generation);
  put_u32(&writer, sender);
  put_text(&writer, said, WIRE_NOTIFY_TEXT);
  return end(&writer);
}

size_t wire_notify_refused(uint8_t *out, uint32_t generation, uint32_t sender, uint32_t count) {
  struct writer writer = begin(out, 0xa3, 0);
  put_u32(&writer, generation);
  put_u32(&writer, sender);
  put_u32(&writer, count);
  return end(&writer);
}

size_t wire_used(uint8_t *out, uint32_t id, const struct used_report *report) {
  struct writer writer = begin(out, 0xa4, id);
  put_u32(&writer, report->generation);
  put_u32(&writer, report->binds);
  put_u32(&writer, report->listens);
  put_u64(&writer, report->accepted);
  put_u32(&writer, report->open);
  put_u32(&writer, report->accepting);
  put_u32(&writer, report->refusals);
  put_u32(&writer, report->misses);
  put_u8(&writer, (uint8_t)(report->quiet | report->idle << 1));
  put_text(&writer, report->missed, 80);
  return end(&writer);
}

size_t wire_log_full(uint8_t *out, uint32_t log, uint32_t turn) {
  struct writer writer = begin(out, 0xb0, 0);
  put_u32(&writer, log);
  put_u32(&writer, turn);
  return end(&writer);
}

size_t wire_log_trouble(uint8_t *out, uint32_t log, int32_t error, uint64_t lost) {
  struct writer writer = begin(out, 0xb1, 0);
  put_u32(&writer, log);
  put_i32(&writer, error);
  put_u64(&writer, lost);
  return end(&writer);
}

size_t wire_logger_lost(uint8_t *out, uint8_t logger) {
  struct writer writer = begin(out, 0xb2, 0);
  put_u8(&writer, logger);
  return end(&writer);
}

size_t wire_drained(uint8_t *out, uint32_t generation) {
  struct writer writer = begin(out, 0xa5, 0);
  put_u32(&writer, generation);
  return end(&writer);
}

size_t wire_ping(uint8_t *out) {
  struct writer writer = begin(out, 0x8f, 0);
  return end(&writer);
}

size_t wire_farewell(uint8_t *out, uint32_t id, const struct farewell_report *report) {
  struct writer writer = begin(out, 0x8e, id);
  put_i32(&writer, report->status);
  put_u8(&writer, report->hung);
  put_text(&writer, report->words, report->words.length);
  return end(&writer);
}

size_t wire_memo_head(uint8_t *out, uint32_t id, uint32_t payload) {
  struct writer writer = begin(out, 0x86, id);
  wire_put_u32(out, payload);
  return (size_t)(writer.at - writer.start);
}

size_t wire_replaced(uint8_t *out, uint32_t id, uint8_t outcome, int32_t code) {
  struct writer writer = begin(out, 0x87, id);
  put_u8(&writer, outcome);
  put_i32(&writer, code);
  return end(&writer);
}

size_t wire_refused(uint8_t *out, uint32_t id, struct text reason) {
  struct writer writer = begin(out, 0x88, id);
  put_text(&writer, reason, WIRE_REASON_MAX);
  return end(&writer);
}
