/* What a service says of itself: datagrams in the manner of sd_notify(3), the newline of s6 on a descriptor of its own, or the messages of
 * a Node child. */
#ifndef LEGATO_NOTIFY_H
#define LEGATO_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"
#include "socket_file.h"
#include "wire.h"

struct generation;

struct notify {
  int socket, line; /* -1: none */
  bool armed;       /* one word may be told; the others wait in the socket */
  bool ready;       /* it has said READY=1 */
  uint32_t refused; /* words of strangers */
  struct socket_file file;
  struct messages messages;
};

/* Binds the notify socket, which only the service's user can write to where the address is a path, and makes the pipe whose
 * other end goes into `*line_end` (the caller's). False with errno; notify_close undoes. */
bool notify_open(struct notify *notify, const struct hand_request *hand, const struct identity *identity, int *line_end);
void notify_close(struct notify *notify);

/* The next word is told when it comes; before this nothing is. False with errno. */
bool notify_watch(struct generation *generation);
void notify_unwatch(struct generation *generation);

/* Tells what the service has said, if that was asked for. */
void notify_hear(struct generation *generation);

#endif
