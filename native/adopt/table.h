// What this process knows of each of its descriptors: two bytes each, read and written without locks.
#ifndef LEGATO_ADOPT_TABLE_H
#define LEGATO_ADOPT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
  fd_accepted = 1,   // a connection from a held socket: counted
  fd_listener = 2,   // a held socket; the six bits from 256 on are its index
  fd_protected = 4,  // inherited from legato-init: the program's close() of what it never opened does nothing
  fd_nonblock = 8,   // of a listener: the program wants accept() to return at once
  fd_silent = 16,    // of a listener: replaced by an inert one, for the generation is quiet
  fd_shut = 32,      // of a listener: the program has called shutdown() on it
  fd_held = 128,     // of a listener: replaced, until the gate opens, by the descriptor that then becomes readable
  fd_used = 64,      // of a listener: it has been listened on, waited for or accepted from; alone: an epoll set to which this process added one
  fd_announced = 1 << 14,  // of a listener: poll() or select() has said that a connection is there, and accept() has not been called since
};

// Whether there is anything to do for this process at all. Set once, by the constructor.
extern bool adopt_active;

// Whether a held socket that the program was handed is non-blocking in its idea until it says otherwise, as it is in truth.
extern bool adopt_given_nonblock;

uint16_t table_get(int fd);
void table_set(int fd, uint16_t entry);
static inline int table_index(uint16_t entry) { return entry >> 8 & 63; }

// Sets bits and returns the entry as it was before.
uint16_t table_mark(int fd, uint16_t bits);

// Clears bits.
void table_unmark(int fd, uint16_t bits);

// How many descriptors are marked fd_accepted.
uint32_t table_accepted(void);

// A forked child has added nothing to the sets that it shares with its parent.
void table_forget_sets(void);

// The next descriptor from `from` up to `last` with a nonzero entry; -1: none.
int table_next(unsigned from, unsigned last);

// The entry of fd when it is a held stream socket, looking at the socket itself where nothing is known; else 0.
uint16_t table_listener(int fd);

#endif
