/* Signals for a generation: its main process, its group, its roots or its whole tree. The shim uses this for its own
 * service, init for generations whose shim was killed and for everything below itself when it ends. */
#ifndef LEGATO_FAMILIES_H
#define LEGATO_FAMILIES_H

#include <stdbool.h>
#include <stdint.h>

#include "processes.h"

struct family {
  /* The main process, 0 once it was reaped: until then its pid cannot belong to another. */
  pid_t main;
  /* The process group that the main process was given. */
  pid_t group;
  /* Appends the topmost processes of the family. */
  void (*add_roots)(struct pid_list *list, uint32_t which);
  uint32_t which;
};

struct outcome {
  int error;      /* errno, 0: done */
  uint32_t count; /* processes signalled */
};

struct outcome family_signal(const struct family *family, uint8_t whom, int signal, bool cont);

/* SIGSTOP to every member until a full pass finds none that could still fork, then SIGKILL to all of them.
 * New ones can appear only where a pass was cut short: ask again until none is left. */
struct outcome family_kill(const struct family *family);

/* The roots of a family that is all below this process: its children. */
void add_own_children(struct pid_list *list, uint32_t which);

/* To everything below this process, with CONT behind it unless it kills; as PID 1 also to those who entered the namespace from outside,
 * whose parent is not among us. */
void everybody_signal(int signal);

/* Whether also none of those who entered is there. Asked when no child is left: as PID 1 it sees those as well. */
bool no_stranger_left(void);

/* How long to wait for killed processes to be gone before the sweep is repeated, in milliseconds: doubled each time. */
enum { SWEEP_AGAIN_MS = 20, SWEEP_RAREST_MS = 1000 };

#endif
