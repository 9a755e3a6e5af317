/* What a Node child sends to its parent (`process.send`): lines of JSON over a socketpair whose number stands in NODE_CHANNEL_FD. */
#ifndef LEGATO_MESSAGES_H
#define LEGATO_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

struct messages {
  int fd;          /* -1: none */
  bool skipping;   /* inside a line that is too long */
  uint32_t length; /* of the line that has begun, in `room` */
  uint8_t *room;   /* WIRE_NOTIFY_TEXT bytes */
};

/* Makes the pair; the service's end, which is the caller's, goes into `*end`. False with errno; messages_close undoes. */
bool messages_open(struct messages *messages, int *end);
void messages_close(struct messages *messages);
/* Goes on with a pair that is there, and the line that has begun. False with errno: there is no memory for it. */
bool messages_adopt(struct messages *messages, int fd, bool skipping, struct text begun);

enum message {
  MESSAGE_NONE,  /* nothing more is there */
  MESSAGE_AGAIN, /* something was read, but no word: part of one, one that is too long, one with NUL */
  MESSAGE_TOLD,  /* `said` is one, until the next call; without its newline */
  MESSAGE_END,   /* the service has closed its end */
};

/* The next line. What comes after it stays in the socket, so that a service which sends more than is asked for has to wait. */
enum message messages_next(struct messages *messages, struct text *said);

#endif
