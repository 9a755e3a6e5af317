/* Whether the brain still does anything (docs/brain-death.md). Costs an idle brain nothing: no timer runs while nothing was sent to it and it
 * used no processor. Times in milliseconds. */
#ifndef LEGATO_WATCHDOG_H
#define LEGATO_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"

/* The brain is up and wants to be watched: it is killed when it has not answered for `limit`. 0: it does not want to be. */
void watchdog_set(uint32_t limit);

/* A brain was started: where one before it was watched, it has a long while for its beginning. */
void watchdog_begin(void);
/* It is no more. True: because it did not answer. */
bool watchdog_end(void);

/* It was sent something, which it will have dealt with before it answers the next ping. */
void watchdog_sent(void);
void watchdog_answered(void);
/* It has used as much processor time as half the limit since this was last heard, or may have been stopped: it is asked. */
void watchdog_suspects(void);
void watchdog_looks(void);

uint64_t watchdog_deadline(void);
void watchdog_tick(uint64_t now);

/* A record of the state, when there is no brain. */
void watchdog_save(void);
void watchdog_load(struct state_record *record);

/* The signal that says how much processor time it has used. */
enum { WATCHDOG_SIGNAL = 26 }; /* SIGVTALRM */

#endif
