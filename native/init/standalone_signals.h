/* Which signals init takes, and the state it found them in, which is the command's. */
#ifndef LEGATO_STANDALONE_SIGNALS_H
#define LEGATO_STANDALONE_SIGNALS_H

#include <signal.h>

#include "standalone_options.h"

struct inherited_signals {
  sigset_t mask;
  struct sigaction child, read, write; /* CHLD, TTIN, TTOU */
};

/* Blocks what init waits for, answered in `taken`, and keeps what it changes. */
void standalone_take_signals(const struct standalone_options *options, sigset_t *taken, struct inherited_signals *found);

/* In the child: mask and dispositions as they were found; in dumb-init's manner nothing blocked and all of them default. */
void standalone_return_signals(const struct standalone_options *options, const struct inherited_signals *found);

#endif
