/* Generations whose shim was killed. Their processes have become init's own children, and init does the shim's work:
 * it remembers the topmost of them, as members, and takes new ones in when a member's end makes orphans. */
#ifndef LEGATO_LOST_H
#define LEGATO_LOST_H

#include <stdbool.h>
#include <stdint.h>

#include "families.h"
#include "generations.h"
#include "state.h"

/* The shim was reaped before it had said `empty`: says so, and takes its children in. */
void lost_begin(struct generation *generation);

/* The same before its service was known to run: there is no generation, and what was forked for it is killed. */
void lost_abandon(struct generation *generation);

/* A child of init has ended and is about to be reaped: perhaps an orphan of a member, that nobody has met yet. */
void lost_meet(pid_t pid);

/* A child of init was reaped. False when it is no member of a lost generation. */
bool lost_reaped(pid_t pid);

/* After a round of reaping: takes in orphans of the members that ended, and tells which generations are empty. */
void lost_settle(void);

/* Whether a child of init is one of a lost generation's processes. */
bool lost_owns(const struct generation *generation, pid_t pid);

struct family lost_family(const struct generation *generation);

/* Repeats the sweep of lost generations that are being killed. */
uint64_t lost_deadline(void);
void lost_tick(uint64_t now);

/* Records of the state; false: it cannot be taken in. */
void lost_save(void);
bool member_load(struct state_record *record);

#endif
