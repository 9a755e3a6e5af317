/* What init is: its place in the process tree and its identity, and how both change before the first service starts. */
#ifndef LEGATO_BECOME_H
#define LEGATO_BECOME_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

/* Makes this process the subreaper of all below it, with its signals to be read from the loop's descriptor.
 * False with errno. Again in the child that goes on in the background. */
bool become_init(void);
/* Before it, in a new image: what was done by the former one. */
void become_recall(uint8_t facts);

/* Bits of `hello`. */
uint8_t become_facts(void);

/* The descriptor that become_init opened for signals. */
int become_signals(void);

/* Takes the identity and goes to the background as asked, with a fresh brain. Answers an errno when that is refused
 * (nothing has changed then); ends init where it fails half-way. */
int become(const struct become_request *request);

/* In the process that is to be the brain. The first one in the background opens the main log, and does so under the umask of whoever started it, as
 * supervisord does; their standard error is init's alone. */
void become_equip_brain(void);

#endif
