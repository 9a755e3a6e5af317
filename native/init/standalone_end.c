#define _GNU_SOURCE
#include "standalone_end.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "families.h"
#include "standalone_voice.h"

/* A stranger's end sends us no CHLD: while there are only strangers they are looked for.
 * What SIGKILL does not end (uninterruptible sleep) is waited for, but not for ever. */
enum { LOOK_EVERY_MS = 10, GIVE_UP_MS = 2000 };

static bool no_child_left(void) {
  pid_t pid;
  while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) voice_tini(LEVEL_DEBUG, "Reaped child with pid: '%d'", pid);
  return pid == -1 && errno == ECHILD;
}

/* False when the time is over first. */
static bool wait_until_empty(uint64_t deadline, int look_every) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  for (;;) {
    bool strangers_only = no_child_left();
    if (strangers_only && no_stranger_left()) return true;
    int wait = wait_until(deadline);
    if (wait == 0) return false;
    if (strangers_only && wait > look_every) wait = look_every;
    sigtimedwait(&child, NULL, &(struct timespec){wait / 1000, wait % 1000 * 1000000L}); /* whatever ends it, it is looked again */
  }
}

void standalone_end_rest(unsigned grace_ms) {
  uint64_t now = now_ms();
  if (wait_until_empty(now, 0)) return;
  voice_tini(LEVEL_INFO, "Ending what is left of the command");
  everybody_signal(SIGTERM);
  if (wait_until_empty(now + grace_ms, LOOK_EVERY_MS)) return;
  voice_tini(LEVEL_WARN, "Killing what is left after %u ms", grace_ms);
  if (getpid() == 1) return;
  const uint64_t give_up = now_ms() + GIVE_UP_MS;
  for (uint64_t wait = SWEEP_AGAIN_MS; now_ms() < give_up; wait *= 2) {
    everybody_signal(SIGKILL);
    if (wait_until_empty(now_ms() + wait, LOOK_EVERY_MS)) return;
  }
  voice_tini(LEVEL_WARN, "Processes that SIGKILL does not end are left behind");
}
