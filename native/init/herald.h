/* Whoever has put legato into the background waits until it serves there, and ends with what became of it. */
#ifndef LEGATO_HERALD_H
#define LEGATO_HERALD_H

#include <stdbool.h>
#include <sys/types.h>

/* Forks. Returns in the child alone; -1 with errno: there is none. The parent waits, for a minute at most: 0 when the child serves, the child's own code when
 * that ends before, 70 when nothing is heard of it. */
pid_t herald_fork(void);

/* Somebody waits: what init says on standard error is still read by them. */
bool herald_is_awaited(void);

/* It serves: nobody need wait, and standard error becomes what standard output is. */
void herald_tell(void);

#endif
