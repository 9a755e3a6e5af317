/* The listener sockets: bound by init, borrowed by generations, kept from `listen` to `close-socket` over every spawn
 * and every brain. */
#ifndef LEGATO_SOCKETS_H
#define LEGATO_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"
#include "wire.h"

enum { SOCKETS_MAX = 256 };

struct listen_failure {
  uint8_t stage; /* enum listen_stage; 0: it did not fail */
  int error;
};

/* Makes, names and listens on a socket. What it made before a stage failed is gone again. */
struct listen_failure sockets_listen(const struct listen_request *request);

/* False: there is none. Generations that have a copy keep it. */
bool sockets_close(uint32_t key);
/* For the end of init: no name is left behind. */
void sockets_close_all(void);

/* A listener that a service has shut down (shutdown(2)) is so for everybody who has it: makes it listen again; that of a unix
 * file is another one then. True: it was so, and listens. */
bool sockets_revive(uint32_t key);

/* The descriptor of a socket; -1: there is none. */
int sockets_find(uint32_t key);

/* Of the socket with this key; false: there is none. */
bool sockets_report(uint32_t key, struct socket_report *out);
/* Of the nth one; false: there are not so many. */
bool sockets_nth(uint32_t n, struct socket_report *out);

/* Records of the state; false: there is no room for this one. */
void sockets_save(void);
bool socket_load(struct state_record *record);

#endif
