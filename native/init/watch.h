/* What the loop waits for: one epoll instance, each descriptor labelled with what it is. */
#ifndef LEGATO_WATCH_H
#define LEGATO_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

enum watch_kind { WATCH_SIGNALS, WATCH_LINK, WATCH_CHANNEL, WATCH_STREAM, WATCH_LOGGER };

/* Besides the streams of the wire: the idleness that a generation's page tells, the end of a process that is watched. */
enum { STREAM_PAGE = STREAM_NOTIFY + 1, STREAM_ACTOR };

struct watch_event {
  uint8_t kind;
  uint8_t stream;
  uint32_t index; /* of the generation, or the logger */
  bool readable, writable; /* neither: hung up, and empty */
};

/* Opens the instance; again, in a forked child that is to be the new init. False with errno. */
bool watch_open(void);

/* Readable (and with `writable` also writable) events of `fd`, until watch_remove. False with errno. */
bool watch_add(int fd, enum watch_kind kind, uint32_t index);
bool watch_change(int fd, enum watch_kind kind, bool writable);
/* One readable or hang-up event of a stream, then silence until asked again. */
bool watch_once(int fd, uint32_t index, uint8_t stream);
void watch_remove(int fd);

/* Waits until `deadline` (milliseconds, see clock.h) and fills `events`; answers how many. */
enum { WATCH_EVENTS = 64 };
int watch_wait(struct watch_event *events, uint64_t deadline);

#endif
