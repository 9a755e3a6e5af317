/* The end of a generation whose output a logger moves is told when that output is in its logs: whoever hears of an end may look there. A logger
 * that does not come to it (a slow disk) holds the news up for a moment only. */
#ifndef LEGATO_PARTING_H
#define LEGATO_PARTING_H

#include <stdint.h>

#include "generations.h"
#include "state.h"

/* The main process has ended. */
void parting_exited(struct generation *generation, const struct usage *usage);
/* Nothing is left; at_once: that was so when the main process ended. */
void parting_emptied(struct generation *generation, uint32_t orphans, bool at_once);

/* A logger has done what was asked of it in that round. */
void parting_flushed(struct generation *generation, uint32_t round);
/* There is no logger any more that could. */
void parting_unheld(struct generation *generation);
/* The snapshot has told everything. */
void parting_forget(struct generation *generation);

uint64_t parting_deadline(void);
void parting_tick(uint64_t now);

/* A field of a record of the state: an answer that a former image has asked for is none to this one. */
void parting_save(void);
void parting_load(struct state_record *record);

#endif
