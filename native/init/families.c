#define _GNU_SOURCE
#include "families.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "clock.h"
#include "wire.h"

/* How long one sweep tries to bring a family to rest before it kills those it has. */
enum { SWEEP_LIMIT_MS = 500 };

static void note(struct outcome *outcome, int result) {
  if (result == 0)
    outcome->count++;
  else if (errno != ESRCH)
    outcome->error = errno;
}

/* Where somebody took the signal nobody's refusal counts; where there was nobody, that is the error. */
static struct outcome concluded(struct outcome outcome) {
  if (outcome.count)
    outcome.error = 0;
  else if (!outcome.error)
    outcome.error = ESRCH;
  return outcome;
}

static void signal_one(struct outcome *outcome, pid_t pid, int signal, bool cont) {
  note(outcome, kill(pid, signal));
  if (cont) kill(pid, SIGCONT); /* whoever took the signal takes this one; a refusal was noted above */
}

/* The group's number stays taken as long as one of ours is in it, so it is looked for before it is used:
 * after the main process has gone, the bare number could be a stranger's. */
static void signal_group(struct outcome *outcome, const struct family *family, const struct pid_list *members, int signal, bool cont) {
  struct process_facts facts;
  uint32_t found = 0;
  for (uint32_t i = 0; i < members->count; i++)
    if (process_facts(members->pid[i], &facts) && facts.group == family->group) found++;
  if (!found) return;
  signal_one(outcome, -family->group, signal, cont);
  if (outcome->count) outcome->count = found;
}

struct outcome family_signal(const struct family *family, uint8_t whom, int signal, bool cont) {
  struct outcome outcome = {0};
  struct pid_list members = {0};
  if (whom == WHOM_TREE && signal == SIGKILL) return family_kill(family);
  if (whom == WHOM_MAIN) {
    if (family->main) signal_one(&outcome, family->main, signal, cont);
  } else {
    family->add_roots(&members, family->which);
    if (whom != WHOM_ROOTS) add_descendants(&members, 0);
    if (whom == WHOM_GROUP)
      signal_group(&outcome, family, &members, signal, cont);
    else
      for (uint32_t i = 0; i < members.count; i++) signal_one(&outcome, members.pid[i], signal, cont);
    pid_list_free(&members);
  }
  return concluded(outcome);
}

/* One pass: whoever runs is told to stop. Answers how many might still fork. */
static uint32_t stop_pass(const struct family *family, struct pid_list *members, bool first) {
  struct process_facts facts;
  uint32_t running = 0, known = 0;
  members->count = 0;
  family->add_roots(members, family->which);
  /* Generation by generation: the state of the parents is read before their children are listed,
   * since only the children of a process that is already stopped are all of them. */
  while (known < members->count) {
    uint32_t until = members->count;
    for (uint32_t i = known; i < until; i++) {
      /* Before it is looked at: one that forks and exits in a hurry would be gone. Refused, the killing will tell. */
      kill(members->pid[i], SIGSTOP);
      if (!process_facts(members->pid[i], &facts)) continue;
      bool still = facts.state == 'T' || facts.state == 't' || facts.state == 'Z' || facts.state == 'X';
      if (still) continue;
      /* Uninterruptible: a vfork parent waiting for its stopped child would never come to rest. */
      if (first || facts.state != 'D') running++;
    }
    for (; known < until; known++) children_of(members->pid[known], members);
  }
  return running;
}

struct outcome family_kill(const struct family *family) {
  struct outcome outcome = {0};
  struct pid_list members = {0};
  const uint64_t limit = now_ms() + SWEEP_LIMIT_MS;
  bool first = true;
  while (stop_pass(family, &members, first) && now_ms() < limit) {
    first = false;
    sched_yield();
  }
  for (uint32_t i = 0; i < members.count; i++) note(&outcome, kill(members.pid[i], SIGKILL));
  pid_list_free(&members);
  return concluded(outcome);
}

void add_own_children(struct pid_list *list, uint32_t which) {
  (void)which;
  children_of(getpid(), list);
}

void everybody_signal(int signal) {
  const struct family everybody = {.add_roots = add_own_children};
  if (getpid() != 1)
    family_signal(&everybody, WHOM_TREE, signal, signal != SIGKILL);
  else if (kill(-1, signal) == 0 && signal != SIGKILL)
    kill(-1, SIGCONT); /* whoever took the signal takes this one */
}

bool no_stranger_left(void) { return getpid() != 1 || (kill(-1, 0) == -1 && errno == ESRCH); }
