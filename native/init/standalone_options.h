#ifndef LEGATO_STANDALONE_OPTIONS_H
#define LEGATO_STANDALONE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "signals.h"

enum personality { AS_LEGATO, AS_TINI, AS_DUMB_INIT };

/* Where the command runs. */
enum placement {
  PLACE_GROUP,   /* a process group of its own, given the terminal: tini */
  PLACE_SESSION, /* a session of its own, which takes the terminal over: dumb-init */
  PLACE_HERE,    /* init's own group: `-c` */
};

/* In `rewrite`: the signal is passed on as it is; 0: it is dropped. */
enum { AS_RECEIVED = -1 };

struct standalone_options {
  enum personality personality;
  enum placement placement;
  bool whole_group; /* signals go to the command's group, not to the command alone */
  bool subreaper, warn_on_reap;
  int verbosity;
  int death_signal; /* what our own parent's end sends us, 0: nothing */
  unsigned grace_ms; /* from TERM to the end for whoever outlives the command; 0: none gets a word */
  int failure;       /* exit code for what goes wrong before the command runs */
  int8_t rewrite[SIGNAL_LAST + 1];
  uint8_t remapped[256 / 8]; /* one bit an exit code: becomes 0 */
  char **command;            /* there is always an element before the first */
};

/* What standalone_parse answers when there is a command to run. */
enum { GO_ON = -1 };

/* Reads the name, the arguments and the environment. Answers GO_ON, or the code to exit with: everything was said. */
int standalone_parse(int argc, char **argv, struct standalone_options *options);

#endif
