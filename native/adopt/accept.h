#ifndef LEGATO_ADOPT_ACCEPT_H
#define LEGATO_ADOPT_ACCEPT_H

// Wakes every thread of this process that waits in accept(), so that it looks at its listener again.
void accept_wake_all(void);

// In a forked child: the parent's wake-ups are not ours.
void accept_after_fork(void);

#endif
