/* The one process below a generation's wrappers that acts on a signal: found by the brain, signalled and watched here. */
#ifndef LEGATO_ACTOR_H
#define LEGATO_ACTOR_H

#include "wire.h"

struct generation;

/* The signal goes to this process and no other: by a pidfd, after it was seen to be of this generation and born when the brain says.
 * With `watch` its end is told once, as `left`; a later watch of the generation takes the place of an earlier one. Answers an errno:
 * ESRCH there is no such process (any more) · EXDEV it is none of this generation · ENOSYS, EPERM, EMFILE … as pidfd_open(2). */
int actor_signal(struct generation *generation, const struct signal_one_request *request);

/* The watched one has ended. */
void actor_hear(struct generation *generation);

/* Nobody is watched any more. */
void actor_forget(struct generation *generation);

#endif
