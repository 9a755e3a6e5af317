// Another open file behind a descriptor number, with the epoll sets it is in kept true.
#ifndef LEGATO_ADOPT_SWAP_H
#define LEGATO_ADOPT_SWAP_H

#include <stdbool.h>

// Puts what `by` is in the place of fd. Close-on-exec and the epoll registrations of fd stay as they were. -1 and errno on failure.
int swap_file(int fd, int by);

// Puts into the listener's place, until the gate opens, the descriptor that becomes readable then: a loop of epoll, poll or select
// sleeps until it may accept and wakes at once when it may. Does nothing where that cannot be undone later.
void swap_hold(int fd);

// The gate is open: the listener is itself again.
void swap_release(int fd);

// In a forked child: whoever was at work in the parent is not here.
void swap_after_fork(void);

// Takes the listener fd out of service in this process: an inert listening socket, on which nothing ever arrives, stands
// in its place, so a level-triggered loop goes to sleep. Every further call repairs a registration that raced with the first.
void swap_silence(int fd);

// Before the program closes it: takes it out of the epoll sets to which this process has added it.
void swap_leave(int fd);

#endif
