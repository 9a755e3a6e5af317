/* Another image of init in the place of this one: same process, same children, same descriptors (docs/upgrade.md). */
#ifndef LEGATO_RESUME_H
#define LEGATO_RESUME_H

#include <stdbool.h>

#include "state.h"

enum { RESUME_WHY_MAX = 200 };

/* Everything that is held, in a file in memory; its descriptor, or -1 with errno. */
int resume_write(enum state_descriptors descriptors);
/* Fills the tables, which are there and empty, from such a file. NULL, or what is wrong with it. */
const char *resume_read(int state);

/* What the process is called on its command line, whatever image it becomes: `name` stays what it is. */
void resume_as(char *name);

/* Whether the program at `path` can go on with what is held now: it is run and asked. False, and `why` (RESUME_WHY_MAX bytes) says why not. */
bool resume_can(const char *path, char *why);

/* execve(2) of the program at `path`; or, NULL, of the image of which `image` is a descriptor. There must be no brain. Returns where that fails,
 * with errno, and everything is as it was. */
void resume_into(const char *path, int image);

/* `legato-init --can-resume FD`: an exit code, and on standard error what it has found. */
int resume_check(int argc, char **argv);

/* What `--resume STATE IMAGE -- COMMAND…` and `--return STATE IMAGE -- COMMAND…` begin with, when the tables are there and empty: everything is taken
 * over. NULL, or what went wrong. */
const char *resume_load(int argc, char **argv);
/* All that had to be there is there: the descriptors are init's own again. */
void resume_settle(void);
/* Instead: back to the image that has handed over. Returns where there is none, or it fails. */
void resume_go_back(const char *why);

#endif
