#define _GNU_SOURCE
#include "kinship.h"

#include <unistd.h>

#include "generations.h"
#include "lost.h"
#include "processes.h"

/* Longer chains are taken for a stranger's. */
enum { DEEPEST = 4096 };

enum kinship kinship_of(const struct generation *generation, pid_t pid) {
  const pid_t init = getpid();
  struct process_facts facts, parent;
  if (!process_facts(pid, &facts)) return KIN_GONE;
  const enum kinship own = facts.state == 'Z' || facts.state == 'X' ? KIN_DEFUNCT : KIN_OWN;
  for (int depth = 0; depth < DEEPEST && facts.parent > 0; depth++) {
    if (facts.parent == generation->shim) return own;
    if (facts.parent == init) return generation->lost && lost_owns(generation, pid) ? own : KIN_STRANGER;
    if (process_facts(facts.parent, &parent)) {
      pid = facts.parent;
      facts = parent;
    } else if (!process_facts(pid, &facts)) {
      return KIN_GONE;
    } /* else its parent has just ended, and it has another one by now */
  }
  return KIN_STRANGER;
}
