// adopt: a preload library through which an unmodified server uses the listening sockets that legato-init holds.
// The contract is docs/adopt.md. Without LEGATO_ADOPT in the environment every function here is the C library's own.
#include <stdlib.h>
#include <unistd.h>

#include "count.h"
#include "held.h"
#include "table.h"

_Static_assert(sizeof(long) == 8 && sizeof(void *) == 8, "the 64-bit names of the functions are the only ones");

static void note_inherited(int last) {
  for (int fd = 0; fd <= last; fd++)
    if (table_get(fd) == 0 && held_connection(fd)) {
      table_set(fd, fd_accepted);
      count_moved();
    }
}

__attribute__((constructor)) static void start(void) {
  const char *declared = getenv("LEGATO_ADOPT");
  if (declared == NULL || held_read(declared) == 0) return;
  for (int i = 0; i < held_count(); i++) {
    const struct held *held = held_at(i);
    table_set(held->fd, (uint16_t)(fd_protected | (held->type == SOCK_DGRAM ? 0 : fd_listener | i << 8)));
  }
  adopt_given_nonblock = getenv("LEGATO_ADOPT_GIVEN") != NULL;
  count_start(getenv("LEGATO_ADOPT_PAGE"));
  adopt_active = true;
  // A program started on a connection, as inetd's are, goes on with it; so may one that has exec'ed itself.
  note_inherited(count_after_exec() ? 1023 : 2);
}
