/* The brain's socket: frames in, frames out, both bounded. */
#ifndef LEGATO_LINK_H
#define LEGATO_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* What init may owe a brain that does not read, before the link is given up. */
enum { LINK_OUTPUT_MAX = 4 << 20 };
/* What a brain may ask for as one step, in bytes. */
enum { LINK_STEP_MAX = 4 << 20 };

/* Reserves addresses for both buffers. False with errno. */
bool link_reserve(void);
/* For a forked child: the buffers, and the frame that is being handled, are gone. */
void link_forget(void);

/* Begins to watch a connected, nonblocking socket. False with errno. */
bool link_open(int fd);
/* Drops whatever was not read or not sent. */
void link_close(void);
bool link_is_open(void);

/* Reads what is there and hands every whole frame to `handle`, until it closes the link. */
void link_read(void (*handle)(const struct frame *frame));

/* Queues a whole frame; silently nothing while the link is closed. */
void link_send(const uint8_t *frame, size_t length);
/* Writes what is queued, as far as the socket takes it. */
void link_flush(void);
/* What is queued is sent, then the link is closed. */
void link_finish(void);

#endif
