/* Datagrams that the brain wants sent: it cannot itself, for Node knows no unix datagram sockets. */
#ifndef LEGATO_DATAGRAMS_H
#define LEGATO_DATAGRAMS_H

#include <stdint.h>

#include "wire.h"

/* Sends one after the other and never waits. Answers why it stopped (0: it did not), and in `sent` how many went. */
int datagrams_send(const struct datagrams_request *request, uint32_t *sent);

#endif
