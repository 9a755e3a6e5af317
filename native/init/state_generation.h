/* The table of generations as records of the state (state.h), in its order. */
#ifndef LEGATO_STATE_GENERATION_H
#define LEGATO_STATE_GENERATION_H

#include <stdbool.h>

#include "state.h"

void generations_save(void);
/* Adds one to the table. False: it cannot be. */
bool generation_load(struct state_record *record);
/* The same again for all: what a new image has to make anew, the watches and the mappings. False with errno. */
bool generations_rearm(void);

#endif
