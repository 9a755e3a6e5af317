#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "clock.h"
#include "state.h"

enum { HEADER = 12, HEAD = 8 };

static struct {
  const uint8_t *bytes;
  size_t size, at;
} reader;

static uint16_t u16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

/* Every record is inside the file, and the last one is the end. */
static bool is_whole(void) {
  size_t at = HEADER;
  while (reader.size - at >= HEAD) {
    const uint32_t length = wire_u32(reader.bytes + at + 4);
    if (length > reader.size - at - HEAD) return false;
    if (u16(reader.bytes + at) == STATE_END) return at + HEAD + length == reader.size;
    at += HEAD + length;
  }
  return false;
}

const char *state_read_begin(int fd) {
  struct stat status;
  if (fstat(fd, &status) == -1 || status.st_size < HEADER + HEAD) return "there is no state";
  reader.size = (size_t)status.st_size;
  void *bytes = mmap(NULL, reader.size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) return "the state cannot be mapped";
  reader.bytes = bytes;
  reader.at = HEADER;
  if (memcmp(reader.bytes, "LEGATOST", 8) != 0) return "that is no state of legato-init";
  if (wire_u32(reader.bytes + 8) != STATE_VERSION) return "the state is of another version";
  return is_whole() ? NULL : "the state is not whole";
}

bool state_next(struct state_record *record) {
  const uint8_t *at = reader.bytes + reader.at;
  const uint16_t tag = u16(at);
  *record = (struct state_record){.tag = (uint16_t)(tag & ~STATE_NEEDED), .needed = tag & STATE_NEEDED, .at = at + HEAD, .left = wire_u32(at + 4)};
  if (tag == STATE_END) return false;
  reader.at += HEAD + record->left;
  return true;
}

void state_read_end(void) {
  if (reader.bytes) munmap((void *)reader.bytes, reader.size);
  reader.bytes = NULL;
}

uint64_t state_take(struct state_record *record, int bytes) {
  uint64_t value = 0;
  if (record->left < (uint32_t)bytes) {
    record->left = 0;
    return 0;
  }
  for (int i = 0; i < bytes; i++) value |= (uint64_t)record->at[i] << (8 * i);
  record->at += bytes;
  record->left -= (uint32_t)bytes;
  return value;
}

struct text state_take_text(struct state_record *record) {
  struct text text = {.length = (uint32_t)state_take(record, 4)};
  text.bytes = record->at;
  if (text.length > record->left) {
    record->broken = true;
    text.length = 0;
  }
  record->at += text.length;
  record->left -= text.length;
  return text;
}

int state_take_fd(struct state_record *record) {
  const uint32_t number = (uint32_t)state_take(record, 4);
  if (!number || number > INT32_MAX) return -1;
  return (int)number - 1;
}

uint64_t state_take_time(struct state_record *record) {
  const uint64_t at = state_take(record, 8);
  return at ? at : NEVER;
}
