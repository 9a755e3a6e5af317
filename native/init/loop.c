#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "actor.h"
#include "become.h"
#include "brain.h"
#include "clock.h"
#include "complain.h"
#include "descriptors.h"
#include "ending.h"
#include "generations.h"
#include "last_words.h"
#include "link.h"
#include "loggers.h"
#include "lost.h"
#include "memos.h"
#include "parting.h"
#include "reap.h"
#include "replacement.h"
#include "requests.h"
#include "resume.h"
#include "shelves.h"
#include "spawn.h"
#include "title.h"
#include "watch.h"
#include "watchdog.h"

enum { EXIT_USAGE = 64, EXIT_CANNOT_BEGIN = 70 };

/* Default dispositions, which services inherit, and everything blocked: what init wants it reads, the rest must not end
 * it, stop it or (from a terminal) suspend it. */
static void settle_signals(void) {
  sigset_t all;
  for (int signal = 1; signal < NSIG; signal++) {
    /* The stopping of a child is no news; refused for KILL, STOP and those of the C library. */
    struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP};
    sigaction(signal, &action, NULL);
  }
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL); /* fails for no argument of this kind */
}

/* That a child was stopped is news, where it is the brain. */
static void hear_of_stops(void) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigaction(SIGCHLD, &action, NULL); /* fails for no argument of this kind */
}

/* Four descriptors per service: init takes what it may, services get back what init was started with. */
static bool raise_descriptor_limit(struct rlimit *original) {
  if (getrlimit(RLIMIT_NOFILE, original) == -1) return false;
  struct rlimit raised = {original->rlim_max, original->rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == -1) complain("cannot raise the limit on open files: errno %d", errno);
  return true;
}

static bool begin(char **command) {
  struct rlimit original;
  descriptors_fill_stdio();
  settle_signals();
  hear_of_stops();
  if (!raise_descriptor_limit(&original) || !generations_open() || !link_reserve() || !memos_open() || !become_init()) {
    complain("cannot begin: errno %d", errno);
    return false;
  }
  shelves_make();
  last_words_make();
  spawn_remember_limit(&original);
  brain_configure(command, &original);
  return brain_start();
}

static void take_signal(int signal) {
  if (ending_is_on()) return;
  if (signal == SIGCHLD)
    watchdog_looks();
  else if (signal == WATCHDOG_SIGNAL)
    watchdog_suspects();
  else
    brain_receive((uint8_t)signal);
}

static void take_signals(void) {
  struct signalfd_siginfo info[4];
  for (;;) {
    ssize_t length = read(become_signals(), info, sizeof info);
    if (length < (ssize_t)sizeof info[0]) return;
    for (ssize_t i = 0; i < length / (ssize_t)sizeof info[0]; i++) take_signal((int)info[i].ssi_signo);
  }
}

static void take_stream(const struct watch_event *event) {
  uint8_t out[WIRE_REPORT_MAX];
  struct generation *generation = generations_at(event->index);
  if (!generation || !generation->watched[event->stream]) return; /* closed or disarmed in this very turn */
  generation->watched[event->stream] = false;
  /* Its end alone is no news: it comes with that of the generation, and would wake the brain twice for each death. */
  if (event->readable) brain_tell(out, wire_readable(out, generation->key, event->stream));
}

static void take_readable(const struct watch_event *event) {
  struct generation *generation = generations_at(event->index);
  if (event->stream < STREAM_COUNT)
    take_stream(event);
  else if (generation && event->stream == STREAM_NOTIFY)
    notify_hear(generation);
  else if (generation && event->stream == STREAM_ACTOR)
    actor_hear(generation);
  else if (generation)
    page_hear(generation);
}

static void take_event(const struct watch_event *event) {
  struct generation *generation;
  switch ((enum watch_kind)event->kind) {
    case WATCH_SIGNALS:
      take_signals();
      reap();
      return;
    case WATCH_LINK: requests_read(); return;
    case WATCH_CHANNEL:
      generation = generations_at(event->index);
      if (generation) shim_hear(generation);
      return;
    case WATCH_STREAM: take_readable(event); return;
    case WATCH_LOGGER: loggers_hear(event->index); return;
  }
}

static uint64_t next_deadline(void) {
  /* At the end nobody looks after the brain any more (tick). */
  const bool on = !ending_is_on();
  const uint64_t deadlines[] = {reap_deadline(), lost_deadline(), ending_deadline(), page_deadline(), parting_deadline(),
                                on ? brain_deadline() : NEVER, on ? replacement_deadline() : NEVER, on ? watchdog_deadline() : NEVER};
  uint64_t first = NEVER;
  for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++)
    if (deadlines[i] < first) first = deadlines[i];
  return first;
}

static void tick(void) {
  uint64_t now = now_ms();
  ending_tick(now);
  if (!ending_is_on()) replacement_tick(now);
  if (!ending_is_on()) brain_tick(now);
  if (!ending_is_on()) watchdog_tick(now);
  reap_tick(now);
  lost_tick(now);
  page_tick(now);
  parting_tick(now);
}

static _Noreturn void run(void) {
  for (;;) {
    struct watch_event events[WATCH_EVENTS];
    int count = watch_wait(events, next_deadline());
    for (int i = 0; i < count; i++) take_event(&events[i]);
    tick();
    link_flush();
  }
}

int brain_main(int argc, char **argv) {
  const int end = argc > 2 && strcmp(argv[2], "--") != 0 ? 3 : 2;
  if (argc < end + 2 || strcmp(argv[end], "--") != 0) {
    complain("usage: legato-init --brain [NAME] -- PROGRAM [ARGUMENT]...");
    return EXIT_USAGE;
  }
  if (end == 3) resume_as(argv[2]);
  title_find_room(argv, environ);
  if (!begin(argv + end + 1)) return EXIT_CANNOT_BEGIN;
  run();
}

int resumed_main(int argc, char **argv) {
  title_find_room(argv, environ);
  descriptors_fill_stdio();
  settle_signals();
  hear_of_stops();
  const bool room = generations_open() && link_reserve() && memos_open();
  const char *wrong = room ? resume_load(argc, argv) : "there is no memory";
  if (wrong) {
    resume_go_back(wrong);
    return EXIT_CANNOT_BEGIN;
  }
  resume_settle();
  /* Whoever has died between the images is still there to be reaped. */
  reap();
  brain_resume();
  run();
}
