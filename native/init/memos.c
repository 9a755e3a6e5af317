#define _GNU_SOURCE
#include "memos.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, LENGTH = 4 };

/* One behind the other: the length (u32), then the payload of a `memo` frame as it is sent: str key, str text. */
static uint8_t *table;
static size_t used, touched;

bool memos_open(void) {
  void *room = mmap(NULL, MEMOS_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  table = room;
  return true;
}

void memos_forget(void) { munmap(table, MEMOS_MAX); }

static size_t size_at(size_t at) { return LENGTH + (size_t)wire_u32(table + at); }

static bool has_key(size_t at, struct text key) {
  const uint8_t *payload = table + at + LENGTH;
  return wire_u32(payload) == key.length && memcmp(payload + LENGTH, key.bytes, key.length) == 0;
}

static size_t find(struct text key) {
  size_t at = 0;
  while (at < used && !has_key(at, key)) at += size_at(at);
  return at;
}

static uint8_t *put(uint8_t *at, struct text text) {
  at = wire_put_u32(at, text.length);
  memcpy(at, text.bytes, text.length);
  return at + text.length;
}

/* Pages behind the last entry are given back when there are many. */
static void settle(void) {
  enum { SPARE = 16 * PAGE };
  if (used > touched) touched = used;
  if (touched - used < SPARE) return;
  size_t first = (used + PAGE - 1) / PAGE * PAGE;
  madvise(table + first, touched - first, MADV_DONTNEED); /* advice: refused, the memory is merely kept */
  touched = used;
}

int memos_keep(const struct memo *memo) {
  const size_t payload = 2 * LENGTH + (size_t)memo->key.length + memo->text.length;
  if (payload > MEMO_MAX) return EMSGSIZE;
  const size_t at = find(memo->key);
  const size_t former = at < used ? size_at(at) : 0;
  const size_t size = memo->text.length ? LENGTH + payload : 0;
  if (used - former + size > MEMOS_MAX) return ENOSPC;
  memmove(table + at + size, table + at + former, used - at - former);
  used = used - former + size;
  if (size) put(put(wire_put_u32(table + at, (uint32_t)payload), memo->key), memo->text);
  settle();
  return 0;
}

bool memos_next(size_t *at, struct text *payload) {
  if (*at >= used) return false;
  *payload = (struct text){table + *at + LENGTH, wire_u32(table + *at)};
  *at += size_at(*at);
  return true;
}
