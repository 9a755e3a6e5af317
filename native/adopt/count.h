// This process' part of the page: its slot, its counts, and the quiet flag.
#ifndef LEGATO_ADOPT_COUNT_H
#define LEGATO_ADOPT_COUNT_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "page.h"

// Maps the page named by LEGATO_ADOPT_PAGE (`FD[,WAKE[,IDLE[,GO]]]`). Without one, nothing is counted and the gate is always open.
void count_start(const char *text);

// The descriptor that becomes readable when quiet begins; -1: none.
int count_wake(void);

// The descriptor that becomes readable when a held generation is let go; -1: none.
int count_go(void);

// What accept() is to do now: only behind an open gate it yields connections.
enum adopt_gate count_gate(void);

// false in the child of a vfork(2), which shares our memory but not our descriptors: it must leave the books alone.
bool count_mine(void);

// Enter before looking at the gate, leave after accept4(2) and count_opened().
void count_enter(void);
void count_leave(void);

void count_opened(void);   // one more descriptor of an accepted connection
void count_closed(void);
void count_moved(void);    // it came another way than by accept()
void count_accepted(void); // in total
void count_refused(void);
void count_bound(void);
void count_listening(int fd);  // once for each listener: it is put to use
void count_miss(const struct sockaddr *address, socklen_t length, int type);

// Around fork(2): a slot for the child that already holds our connections, so that none is uncounted for a moment.
struct adopt_slot *count_before_fork(void);
void count_in_parent(struct adopt_slot *given, pid_t child);
void count_in_child(struct adopt_slot *given);

// After an exec: the slot the process had before, if any, starts again at 0. true: it had connections open.
bool count_after_exec(void);

// Before another program is executed: counts only what it will be left, and returns how many it will not. They come back when that has failed.
uint32_t count_before_exec(void);
void count_failed_exec(uint32_t gone);

#endif
