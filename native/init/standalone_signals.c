#define _GNU_SOURCE
#include "standalone_signals.h"

#include <stddef.h>

/* In tini's manner the signals that tell of a fault in init itself keep their effect, and those of a terminal that init
 * does not own are ignored. dumb-init passes them on as well: a blocked fault of our own ends us all the same (signal(7)),
 * so that whatever is taken was sent by a process. */
static const int left_alone[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU};

/* What follows fails for no argument but KILL and STOP (sigaction(2), sigprocmask(2)). */

void standalone_take_signals(const struct standalone_options *options, sigset_t *taken, struct inherited_signals *found) {
  const struct sigaction ignore = {.sa_handler = SIG_IGN}, standard = {.sa_handler = SIG_DFL};
  sigfillset(taken);
  if (options->personality != AS_DUMB_INIT) {
    for (size_t i = 0; i < sizeof left_alone / sizeof *left_alone; i++)
      if (options->rewrite[left_alone[i]] == AS_RECEIVED) sigdelset(taken, left_alone[i]);
    sigaction(SIGTTIN, &ignore, &found->read);
    sigaction(SIGTTOU, &ignore, &found->write);
  }
  /* Ignored, it would have the kernel reap our children unseen (wait(2)). */
  sigaction(SIGCHLD, &standard, &found->child);
  sigprocmask(SIG_SETMASK, taken, &found->mask);
}

void standalone_return_signals(const struct standalone_options *options, const struct inherited_signals *found) {
  if (options->personality == AS_DUMB_INIT) {
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    sigemptyset(&none);
    for (int i = 1; i <= SIGNAL_LAST; i++) sigaction(i, &standard, NULL); /* KILL and STOP are refused, and need it not */
    sigprocmask(SIG_SETMASK, &none, NULL);
    return;
  }
  sigaction(SIGCHLD, &found->child, NULL);
  sigaction(SIGTTIN, &found->read, NULL);
  sigaction(SIGTTOU, &found->write, NULL);
  sigprocmask(SIG_SETMASK, &found->mask, NULL);
}
