/* What a generation is given besides its streams, from the brain's wish to the exact numbers in the service. */
#ifndef LEGATO_HANDING_H
#define LEGATO_HANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

struct generation;

enum { HANDED_SOCKETS_MAX = 64, HANDED_MAX = HANDED_SOCKETS_MAX + 6, HANDED_FD_MAX = 1 << 20 };

struct handed {
  int source, target;
  bool borrowed; /* the source stays init's */
};

struct handing {
  struct handed item[HANDED_MAX];
  uint32_t count;
};

/* Looks up the sockets and makes the rest, whose other ends go into `generation`. Answers 0, or the stage that failed with errno;
 * what was made is to be closed in either case. */
enum stage handing_make(struct handing *handing, const struct spawn_request *request, struct generation *generation);

/* In init, once the shim has them: all that were made for the service alone. */
void handing_close_made(const struct handing *handing);
/* In the shim, once the service has them: all. */
void handing_close_all(const struct handing *handing);

/* In the service: puts each at its number, without close-on-exec. `*keep` is a descriptor that must survive; its number may
 * change. False with errno. */
bool handing_place(struct handing *handing, int *keep);

#endif
