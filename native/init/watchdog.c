#define _GNU_SOURCE
#include "watchdog.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "brain.h"
#include "clock.h"
#include "complain.h"
#include "inquest.h"
#include "last_words.h"
#include "link.h"
#include "requests.h"

/* BEGINNING: what a brain has at least until it is up. STACK: what one that spins has to write its stack. LATE: init itself did not run,
 * because machine or container stood still; then the brain could not either. DOUBLINGS: of the limit, one for each brain in turn that was
 * killed for it, so that a machine that is too slow for the limit comes to rest. */
enum { BEGINNING_MS = 60000, STACK_MS = 1000, LATE_MS = 1000, DOUBLINGS_MAX = 6 };

_Static_assert(WATCHDOG_SIGNAL == SIGVTALRM, "the number of the signal");

static struct {
  uint32_t limit;
  uint32_t doublings;
  bool up;                           /* this brain has said that it is */
  bool sent;                         /* something was sent after the ping that is not answered yet */
  uint64_t ask_at, end_at, asked_at; /* asked_at: NEVER when nothing is to be answered */
  uint64_t used;                     /* its processor time when it was asked */
  bool told_of_disk;                 /* it has been said that it waits for one instead of answering */
  uint64_t last_at;                  /* it has been asked for its stack, and ends at the latest now */
  bool has_timer, cannot_time;
  timer_t timer;
} watchdog = {.ask_at = NEVER, .end_at = NEVER, .asked_at = NEVER, .last_at = NEVER};

static uint64_t half(void) { return (((uint64_t)watchdog.limit << watchdog.doublings) + 1) / 2; }

static uint64_t whole(void) { return (uint64_t)watchdog.limit << watchdog.doublings; }

/* The processor time that the brain has used, in milliseconds; 0 where that cannot be told (gVisor). */
static uint64_t processor_time(void) {
  struct timespec used;
  clockid_t clock;
  if (!brain_pid() || clock_getcpuclockid(brain_pid(), &clock) != 0 || clock_gettime(clock, &used) == -1) return 0;
  return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

static void ask(uint64_t now, uint64_t patience) {
  uint8_t out[WIRE_REPORT_MAX];
  if (watchdog.asked_at != NEVER) return;
  watchdog.ask_at = NEVER;
  watchdog.asked_at = now;
  watchdog.used = processor_time();
  watchdog.told_of_disk = false;
  watchdog.end_at = now + patience;
  brain_tell(out, wire_ping(out));
  watchdog.sent = false;
}

/* A timer on the processor time of another process: what a brain that does nothing never uses up. */
static void time_processor(void) {
  const uint64_t every = half();
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = WATCHDOG_SIGNAL};
  struct itimerspec spec;
  clockid_t clock;
  if (watchdog.has_timer || watchdog.cannot_time) return;
  if (clock_getcpuclockid(brain_pid(), &clock) != 0 || timer_create(clock, &event, &watchdog.timer) == -1) {
    /* gVisor, say: a brain that spins is still found when it is told something. */
    watchdog.cannot_time = true;
    return;
  }
  watchdog.has_timer = true;
  spec.it_interval = (struct timespec){(time_t)(every / 1000), (long)(every % 1000) * 1000000};
  spec.it_value = spec.it_interval;
  if (timer_settime(watchdog.timer, 0, &spec, NULL) == -1) complain("cannot watch the brain's processor time: errno %d", errno);
}

static void forget_timer(void) {
  if (watchdog.has_timer) timer_delete(watchdog.timer);
  watchdog.has_timer = false;
}

void watchdog_set(uint32_t limit) {
  forget_timer();
  watchdog.limit = limit;
  watchdog.up = true;
  watchdog.ask_at = watchdog.end_at = watchdog.asked_at = NEVER;
  if (!limit) return;
  time_processor();
  watchdog_sent();
}

void watchdog_begin(void) {
  watchdog.up = watchdog.sent = false;
  watchdog.ask_at = watchdog.end_at = watchdog.asked_at = watchdog.last_at = NEVER;
  if (!watchdog.limit) return;
  watchdog.asked_at = now_ms();
  watchdog.used = 0;
  watchdog.told_of_disk = false;
  watchdog.end_at = watchdog.asked_at + (whole() > BEGINNING_MS ? whole() : BEGINNING_MS);
}

bool watchdog_end(void) {
  const bool killed = watchdog.last_at != NEVER;
  forget_timer();
  watchdog.ask_at = watchdog.end_at = watchdog.asked_at = watchdog.last_at = NEVER;
  return killed;
}

void watchdog_sent(void) {
  watchdog.sent = true;
  if (watchdog.limit && watchdog.up && watchdog.asked_at == NEVER && watchdog.ask_at == NEVER) watchdog.ask_at = now_ms() + half();
}

void watchdog_answered(void) {
  if (watchdog.asked_at == NEVER || !watchdog.up) return;
  watchdog.doublings = 0;
  watchdog.end_at = watchdog.asked_at = NEVER;
  if (watchdog.sent) watchdog_sent();
}

void watchdog_suspects(void) {
  if (watchdog.limit && watchdog.up) ask(now_ms(), half());
}

void watchdog_looks(void) {
  siginfo_t info = {.si_pid = 0};
  if (!watchdog.limit || !watchdog.up || !brain_pid()) return;
  if (waitid(P_PID, (id_t)brain_pid(), &info, WSTOPPED | WNOHANG) == 0 && info.si_pid) ask(now_ms(), whole());
}

uint64_t watchdog_deadline(void) {
  uint64_t first = watchdog.ask_at < watchdog.end_at ? watchdog.ask_at : watchdog.end_at;
  return watchdog.last_at < first ? watchdog.last_at : first;
}

static void condemn(uint64_t now) {
  char described[512];
  inquest_describe(brain_pid(), described, sizeof described);
  complain("the brain has not answered for %llu ms and is killed: %s", (unsigned long long)(now - watchdog.asked_at), described);
  last_words_note("it had not answered for %llu ms: %s\n", (unsigned long long)(now - watchdog.asked_at), described);
  if (watchdog.doublings < DOUBLINGS_MAX) watchdog.doublings++;
  watchdog.ask_at = watchdog.end_at = NEVER;
  watchdog.last_at = now + STACK_MS;
  /* One that spins writes down where, and ends (src/daemon/main.ts). */
  brain_signal(SIGINT);
}

/* One that waits for a disk would end no sooner than the disk answers, and its successor would wait for the same. */
static bool waits_for_disk(uint64_t now, char state) {
  char described[512];
  if (state != 'D') return false;
  if (watchdog.told_of_disk) return true;
  watchdog.told_of_disk = true;
  inquest_describe(brain_pid(), described, sizeof described);
  complain("the brain has not answered for %llu ms, and is waited for: %s", (unsigned long long)(now - watchdog.asked_at), described);
  return true;
}

/* One that is ready to run and was not let is no wonder on a machine that is busy: one that spins takes what it gets. */
static bool is_starved(char state) {
  const uint64_t used = processor_time();
  return state == 'R' && used && used - watchdog.used < half() / 2;
}

/* What it has said is read first: it may have answered while init did not run. */
static bool is_silent(uint64_t now) {
  requests_read();
  if (watchdog.end_at > now) return false;
  if (!brain_pid()) watchdog.end_at = NEVER;
  const char state = inquest_state(brain_pid());
  if (now - watchdog.end_at > LATE_MS || inquest_traced(brain_pid()) || waits_for_disk(now, state) || is_starved(state)) watchdog.end_at = now + half();
  return watchdog.end_at <= now;
}

void watchdog_tick(uint64_t now) {
  if (now >= watchdog.ask_at) ask(now, half());
  if (now >= watchdog.end_at && is_silent(now)) condemn(now);
  if (now < watchdog.last_at) return;
  watchdog.last_at = NEVER - 1; /* it was this that killed it */
  brain_signal(SIGKILL);
}

void watchdog_save(void) {
  state_begin(STATE_WATCHDOG);
  state_put(watchdog.limit, 4);
  state_put(watchdog.doublings, 4);
  state_end();
}

void watchdog_load(struct state_record *record) {
  watchdog.limit = (uint32_t)state_take(record, 4);
  watchdog.doublings = (uint32_t)state_take(record, 4);
  if (watchdog.doublings > DOUBLINGS_MAX) watchdog.doublings = DOUBLINGS_MAX;
}
