#define _GNU_SOURCE
#include "actor.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "brain.h"
#include "generations.h"
#include "kinship.h"
#include "processes.h"
#include "watch.h"

/* Older libraries have neither the functions nor the numbers, which are the same on every architecture since Linux 5.1. */
enum { PIDFD_SEND_SIGNAL = 424, PIDFD_OPEN = 434 };

static int tell(int pidfd, int signal) { return syscall(PIDFD_SEND_SIGNAL, pidfd, signal, NULL, 0) == 0 ? 0 : errno; }

/* The pidfd was opened before: if the number is still that of a process born at this time, it was so all along. */
static int check(const struct generation *generation, const struct signal_one_request *request) {
  struct process_facts facts;
  const pid_t pid = (pid_t)request->pid;
  if (!process_facts(pid, &facts) || facts.born != request->born) return ESRCH;
  switch (kinship_of(generation, pid)) {
    case KIN_OWN: return 0;
    case KIN_STRANGER: return EXDEV;
    case KIN_DEFUNCT:
    case KIN_GONE: break;
  }
  return ESRCH;
}

static int watch(struct generation *generation, int pidfd, uint32_t pid) {
  actor_forget(generation);
  if (!watch_once(pidfd, generations_index(generation), STREAM_ACTOR)) return errno;
  generation->actor = pidfd;
  generation->actor_pid = pid;
  return 0;
}

int actor_signal(struct generation *generation, const struct signal_one_request *request) {
  if (!request->pid || request->pid > INT_MAX) return ESRCH;
  const int pidfd = (int)syscall(PIDFD_OPEN, (pid_t)request->pid, 0);
  if (pidfd == -1) return errno;
  int error = check(generation, request);
  /* Watched first: an end that nobody would tell of must not be caused. */
  if (!error && request->watch) error = watch(generation, pidfd, request->pid);
  if (!error) error = tell(pidfd, request->signal);
  if (!error && request->cont) tell(pidfd, SIGCONT); /* whoever took the signal takes this one */
  if (generation->actor != pidfd)
    close(pidfd);
  else if (error)
    actor_forget(generation);
  return error;
}

void actor_hear(struct generation *generation) {
  uint8_t out[WIRE_REPORT_MAX];
  if (generation->actor == -1) return; /* forgotten in this very turn */
  const uint32_t pid = generation->actor_pid;
  actor_forget(generation);
  brain_tell(out, wire_left(out, generation->key, pid));
}

void actor_forget(struct generation *generation) {
  if (generation->actor == -1) return;
  watch_remove(generation->actor);
  close(generation->actor);
  generation->actor = -1;
}
