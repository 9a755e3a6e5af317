/* Every child of init that ends is reaped at once, without limit, and given to whom it belongs. */
#ifndef LEGATO_REAP_H
#define LEGATO_REAP_H

#include <stdint.h>

#include "state.h"

void reap(void);

/* Orphans of nobody are reported at once, then at most once a second. */
uint64_t reap_deadline(void);
void reap_tick(uint64_t now);

/* A record of the state. */
void reap_save(void);
void reap_load(struct state_record *record);

#endif
