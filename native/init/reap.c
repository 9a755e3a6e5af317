#define _GNU_SOURCE
#include "reap.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "brain.h"
#include "clock.h"
#include "ending.h"
#include "generations.h"
#include "loggers.h"
#include "lost.h"
#include "requests.h"
#include "spawn.h"
#include "usage.h"

enum { REPORT_EVERY_MS = 1000 };

static struct {
  uint32_t count; /* not yet reported */
  pid_t pid;
  int status;
  uint64_t next_at;
} strangers;

static void shim_ended(struct generation *generation) {
  uint8_t out[WIRE_REPORT_MAX];
  shim_hear(generation); /* its last words are still in the channel */
  generation_close_channel(generation);
  generation->shim = 0;
  if (generation->phase == PHASE_KNOWN && generation->life != LIFE_EMPTY) lost_begin(generation);
  requests_take_over(generation);
  if (generation->phase == PHASE_RETIRED) {
    generations_remove(generation);
  } else if (generation->phase == PHASE_SPAWNING) {
    /* Killed before it could say whether the service runs. */
    brain_tell(out, wire_spawn_failed(out, generation->request, generation->key, STAGE_SHIM, ECHILD));
    lost_abandon(generation);
  }
}

static struct generation *find_by_process(pid_t pid, bool shim) {
  for (uint32_t i = 0; i < generations_end(); i++) {
    struct generation *generation = generations_at(i);
    if (generation && (shim ? generation->shim : generation->main) == pid) return generation;
  }
  return NULL;
}

static void reap_one(pid_t pid, int status, const struct rusage *rusage) {
  struct generation *generation = find_by_process(pid, true);
  if (generation) {
    shim_ended(generation);
    return;
  }
  /* A main process can be init's child only when its shim is gone, even if that is yet to be reaped. */
  generation = find_by_process(pid, false);
  bool member = lost_reaped(pid);
  if (generation) {
    struct usage usage = usage_of(rusage);
    generation_exited(generation, status, &usage);
  } else if (!member) {
    strangers.count++;
    strangers.pid = pid;
    strangers.status = status;
  }
}

/* The next child that has ended; where a shim was lost, it is looked at while it still can be. */
static pid_t next_dead(void) {
  siginfo_t info = {.si_pid = 0};
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 || !info.si_pid) return 0;
  lost_meet(info.si_pid);
  return info.si_pid;
}

void reap(void) {
  struct rusage usage;
  int status, brain_status = 0;
  bool brain_gone = false;
  pid_t pid;
  while ((pid = next_dead()) > 0 && wait4(pid, &status, WNOHANG, &usage) == pid) {
    if (pid == brain_pid()) {
      brain_gone = true;
      brain_status = status;
    } else if (!loggers_reaped(pid)) {
      reap_one(pid, status, &usage);
    }
  }
  lost_settle();
  if (!brain_gone) return;
  brain_reaped();
  requests_read(); /* what it has asked for before it ended is still to be done: perhaps a successor */
  if (ending_is_on())
    brain_forget();
  else if (!brain_pid())
    brain_ended(brain_status);
}

uint64_t reap_deadline(void) { return strangers.count && brain_is_greeted() ? strangers.next_at : NEVER; }

void reap_tick(uint64_t now) {
  uint8_t out[WIRE_REPORT_MAX];
  if (now < reap_deadline()) return;
  brain_tell(out, wire_reaped(out, strangers.count, (uint32_t)strangers.pid, strangers.status));
  strangers.count = 0;
  strangers.next_at = now + REPORT_EVERY_MS;
}

void reap_save(void) {
  state_begin(STATE_STRANGERS);
  state_put(strangers.count, 4);
  state_put((uint32_t)strangers.pid, 4);
  state_put((uint32_t)strangers.status, 4);
  state_put(strangers.next_at, 8);
  state_end();
}

void reap_load(struct state_record *record) {
  strangers.count = (uint32_t)state_take(record, 4);
  strangers.pid = (pid_t)state_take(record, 4);
  strangers.status = (int)state_take(record, 4);
  strangers.next_at = state_take(record, 8);
}
