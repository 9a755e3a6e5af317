#define _GNU_SOURCE
#include "messages.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "watch.h"

static bool make_room(struct messages *messages) {
  void *room = mmap(NULL, WIRE_NOTIFY_TEXT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return false;
  madvise(room, WIRE_NOTIFY_TEXT, MADV_DONTFORK); /* advice: refused, the shim merely has it too */
  messages->room = room;
  return true;
}

bool messages_adopt(struct messages *messages, int fd, bool skipping, struct text begun) {
  if (begun.length >= WIRE_NOTIFY_TEXT || !make_room(messages)) return false;
  messages->fd = fd;
  messages->skipping = skipping;
  messages->length = begun.length;
  memcpy(messages->room, begun.bytes, begun.length);
  return true;
}

bool messages_open(struct messages *messages, int *end) {
  int ends[2];
  if (!make_room(messages)) return false;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1) return false;
  messages->fd = ends[0];
  *end = ends[1];
  return true;
}

void messages_close(struct messages *messages) {
  if (messages->fd != -1) {
    watch_remove(messages->fd);
    close(messages->fd);
  }
  if (messages->room) munmap(messages->room, WIRE_NOTIFY_TEXT);
  *messages = (struct messages){.fd = -1};
}

/* Looked at before it is taken: only to the end of the line. Descriptors that come along are dropped by the kernel. */
static ssize_t take(struct messages *messages, uint8_t *at) {
  ssize_t length = recv(messages->fd, at, WIRE_NOTIFY_TEXT - messages->length, MSG_PEEK | MSG_DONTWAIT);
  if (length <= 0) return length;
  const uint8_t *newline = memchr(at, '\n', (size_t)length);
  return recv(messages->fd, at, newline ? (size_t)(newline - at) + 1 : (size_t)length, MSG_DONTWAIT);
}

enum message messages_next(struct messages *messages, struct text *said) {
  uint8_t *at = messages->room + messages->length;
  const ssize_t length = take(messages, at);
  if (length == -1) return errno == EINTR ? MESSAGE_AGAIN : errno == EAGAIN ? MESSAGE_NONE : MESSAGE_END;
  if (length == 0) return MESSAGE_END;
  const bool whole = at[length - 1] == '\n', skipped = messages->skipping;
  messages->length += (uint32_t)length;
  if (!whole && !skipped && messages->length < WIRE_NOTIFY_TEXT) return MESSAGE_AGAIN;
  *said = (struct text){messages->room, messages->length - 1};
  messages->length = 0;
  messages->skipping = !whole;
  return whole && !skipped && said->length && !memchr(said->bytes, 0, said->length) ? MESSAGE_TOLD : MESSAGE_AGAIN;
}
