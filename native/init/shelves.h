/* Two files without a name, in memory, that every brain inherits: what is too long for a memo lies there. */
#ifndef LEGATO_SHELVES_H
#define LEGATO_SHELVES_H

#include <stdbool.h>

#include "state.h"

enum { SHELF_COUNT = 2 };

/* Makes them, empty, as the user that init is now; again after a change of that. Where the kernel has none, there are none. */
void shelves_make(void);
/* In the brain: they become the descriptors from `first` on, in their order. False with errno. */
bool shelves_hand(int first);

/* Fields of a record of the state. */
void shelves_save(void);
void shelves_load(struct state_record *record);

#endif
