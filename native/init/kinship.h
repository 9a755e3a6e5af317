/* Whether a process belongs to a generation: one of its own, or somebody else's. */
#ifndef LEGATO_KINSHIP_H
#define LEGATO_KINSHIP_H

#include <sys/types.h>

struct generation;

enum kinship { KIN_OWN, KIN_DEFUNCT, KIN_STRANGER, KIN_GONE };

/* By the chain of parents up to the generation's shim, or to its remembered processes where the shim was killed.
 * KIN_DEFUNCT: one of its own that has ended and waits for its parent. KIN_GONE: there is no such process any more. */
enum kinship kinship_of(const struct generation *generation, pid_t pid);

#endif
