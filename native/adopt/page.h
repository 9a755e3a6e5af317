// The page that a generation's processes share with legato-init: docs/adopt.md, "The page".
// legato-init makes it (a sealed-size memfd, zeroed, then the first three words), every process of the generation maps it.
#ifndef LEGATO_ADOPT_PAGE_H
#define LEGATO_ADOPT_PAGE_H

#include <stdatomic.h>
#include <stdint.h>

enum { adopt_magic = 0x4144474c, adopt_version = 2, adopt_missed_size = 80, adopt_page_size = 4096 };

// What accept(2) does. legato-init goes from held to open to quiet and never back; a generation that is not held begins open.
enum adopt_gate { adopt_open = 0, adopt_quiet = 1, adopt_held = 2 };

// One process that has accepted at least once, or was forked from one that had connections open.
struct adopt_slot {
  _Atomic uint32_t pid;        // 0: free. Counts only while that process lives
  _Atomic uint32_t open;       // descriptors of accepted connections it holds
  _Atomic uint32_t accepting;  // threads between their look at `gate` and the end of accept4(2)
  uint32_t spare;
};

struct adopt_page {
  uint32_t magic;
  uint32_t version;
  uint32_t slots;              // how many follow the header
  _Atomic uint32_t gate;       // enum adopt_gate, written by legato-init
  _Atomic uint32_t binds;      // bind(2) calls that were given a held socket
  _Atomic uint32_t listens;    // listeners put to use (listen, epoll_ctl, accept): evidence of readiness
  _Atomic uint32_t moves;      // slots that were given connections by a fork, a descriptor passed on, or an exec
  _Atomic uint32_t misses;     // bind(2) calls on a declared port whose address was not the declared one
  _Atomic uint64_t accepted;   // connections accepted in total
  _Atomic uint32_t refusals;   // accept(2) calls that found the gate shut
  uint32_t spare;
  char missed[adopt_missed_size];  // the address of the last miss, as text ended by NUL
  struct adopt_slot slot[];    // slot 0 takes the counts of processes that found no other; its pid stays 0
};

_Static_assert(sizeof(struct adopt_slot) == 16, "the layout is a contract");
_Static_assert(sizeof(struct adopt_page) == 128, "the layout is a contract");

#endif
