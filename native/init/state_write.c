#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "state.h"

/* Written when it is full: a memo, the longest record, does not fit more than once. */
enum { ROOM = 160 << 10, HEAD = 8 };

static struct {
  int fd, error;
  enum state_descriptors descriptors;
  uint32_t used, record; /* where the record that is being written begins */
} writer = {.fd = -1};
static uint8_t *room; /* only while something is written */

static const uint8_t magic[8] = {'L', 'E', 'G', 'A', 'T', 'O', 'S', 'T'};

static void flush(void) {
  for (uint32_t at = 0; at < writer.used && !writer.error;) {
    const ssize_t written = write(writer.fd, room + at, writer.used - at);
    if (written > 0)
      at += (uint32_t)written;
    else if (written == 0 || errno != EINTR)
      writer.error = written == 0 ? ENOSPC : errno;
  }
  writer.used = 0;
}

static void put_bytes(const void *bytes, size_t count) {
  if (count > ROOM - writer.used) {
    writer.error = E2BIG;
    return;
  }
  if (count) memcpy(room + writer.used, bytes, count);
  writer.used += (uint32_t)count;
}

bool state_write_begin(enum state_descriptors descriptors) {
  void *made = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED) return false;
  room = made;
  writer.fd = memfd_create("legato-state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (writer.fd == -1) {
    munmap(room, ROOM);
    return false;
  }
  writer.error = 0;
  writer.used = 0;
  writer.descriptors = descriptors;
  put_bytes(magic, sizeof magic);
  state_put(STATE_VERSION, 4);
  return true;
}

int state_write_end(void) {
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  state_begin(STATE_END);
  state_end();
  flush();
  munmap(room, ROOM);
  if (!writer.error && fcntl(writer.fd, F_ADD_SEALS, seals) == -1) writer.error = errno;
  if (!writer.error) return writer.fd;
  close(writer.fd);
  errno = writer.error;
  return -1;
}

void state_begin(enum state_tag tag) {
  if (writer.used > ROOM / 8) flush();
  writer.record = writer.used;
  state_put(tag, 2);
  state_put(0, 2);
  state_put(0, 4);
}

void state_end(void) {
  const uint32_t length = writer.used - writer.record - HEAD;
  for (int i = 0; i < 4; i++) room[writer.record + 4 + (uint32_t)i] = (uint8_t)(length >> (8 * i));
}

void state_put(uint64_t value, int bytes) {
  uint8_t little[8];
  for (int i = 0; i < bytes; i++) little[i] = (uint8_t)(value >> (8 * i));
  put_bytes(little, (size_t)bytes);
}

void state_put_text(struct text text) {
  state_put(text.length, 4);
  put_bytes(text.bytes, text.length);
}

void state_put_bytes(struct text bytes) { put_bytes(bytes.bytes, bytes.length); }

void state_put_fd(int fd) {
  state_put((uint32_t)(fd + 1), 4);
  if (fd == -1 || writer.descriptors == STATE_LEAVE) return;
  if (fcntl(fd, F_SETFD, writer.descriptors == STATE_HAND_ON ? 0 : FD_CLOEXEC) == -1) writer.error = errno;
}

void state_put_time(uint64_t at) { state_put(at == NEVER ? 0 : at, 8); }
