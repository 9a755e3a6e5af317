#define _GNU_SOURCE
#include "brain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "become.h"
#include "clock.h"
#include "complain.h"
#include "descriptors.h"
#include "ending.h"
#include "generations.h"
#include "herald.h"
#include "last_words.h"
#include "link.h"
#include "replacement.h"
#include "shelves.h"
#include "watchdog.h"

enum { LINK_FD = 3, SHELF_FD, STDERR_FD = SHELF_FD + SHELF_COUNT, BACKOFF_FIRST_MS = 100, BACKOFF_MAX_MS = 5000, SHORT_LIFE_MS = 1000, FAREWELL_MS = 1000, EXIT_NO_BRAIN = 70 };

static char **command;
static struct rlimit nofile;

static struct {
  pid_t pid;
  uint32_t epoch;
  bool greeted;
  bool serves; /* this one does */
  bool served; /* one has, since init is what it is to be */
  uint64_t started_at, start_at, kill_at;
  uint64_t backoff;
  struct {
    bool known, hung;
    int status;
  } former;
  uint32_t kept; /* the ends that were asked for, one bit each: every brain is told of them */
} brain = {.start_at = NEVER, .kill_at = NEVER};

void brain_configure(char **program, const struct rlimit *limit) {
  command = program;
  nofile = *limit;
}

void brain_command(char **program) { command = program; }

char **brain_words(void) { return command; }

pid_t brain_pid(void) { return brain.pid; }

uint32_t brain_epoch(void) { return brain.epoch; }

bool brain_is_greeted(void) { return brain.greeted; }

void brain_signal(int signal) {
  if (brain.pid) kill(brain.pid, signal); /* ours until it is reaped, and of our identity: never refused */
}

/* The exit code that stands for a wait status. */
static int exit_code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

static _Noreturn void run(int link, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  setsid(); /* cannot fail: a forked child leads no group */
  /* Nothing that the brain does is of use without init. The parent may be gone before the wish is known. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent) _exit(EXIT_NO_BRAIN);
  become_equip_brain();
  int copied = link == LINK_FD ? fcntl(link, F_SETFD, 0) : dup2(link, LINK_FD);
  if (copied == -1 || !shelves_hand(SHELF_FD) || !last_words_hand(STDERR_FD) || setrlimit(RLIMIT_NOFILE, &nofile) == -1) {
    complain("cannot prepare %s: errno %d", command[0], errno);
    _exit(EXIT_NO_BRAIN);
  }
  descriptors_close_others((int[]){LINK_FD, SHELF_FD, SHELF_FD + 1, STDERR_FD}, 2 + SHELF_COUNT);
  sigprocmask(SIG_SETMASK, &none, NULL); /* fails for no argument of this kind */
  execvp(command[0], command);
  complain("cannot execute %s: errno %d", command[0], errno);
  _exit(errno == ENOENT || errno == ENOTDIR ? 127 : 126);
}

static bool fork_brain(void) {
  int pair[2];
  pid_t parent = getpid();
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) return false;
  if (!link_open(pair[0]) || (brain.pid = fork()) == -1) {
    int error = errno;
    link_close();
    close(pair[1]);
    brain.pid = 0;
    errno = error;
    return false;
  }
  if (brain.pid == 0) run(pair[1], parent);
  close(pair[1]);
  return true;
}

bool brain_start(void) {
  brain.start_at = brain.kill_at = NEVER;
  brain.greeted = brain.serves = false;
  brain.started_at = now_ms();
  brain.epoch++;
  last_words_turn();
  watchdog_begin();
  if (fork_brain()) return true;
  complain("cannot start %s: errno %d", command[0], errno);
  return false;
}

void brain_greet(void) {
  uint8_t out[WIRE_REPORT_MAX];
  brain.greeted = true;
  for (uint8_t signal = 1; signal < 32; signal++)
    if (brain.kept & 1u << signal) brain_tell(out, wire_received(out, signal, 0));
}

void brain_settle(void) {
  brain.serves = brain.served = true;
  herald_tell();
}

void brain_tell(const uint8_t *frame, size_t length) {
  if (brain.greeted) link_send(frame, length);
}

void brain_receive(uint8_t signal) {
  uint8_t out[WIRE_REPORT_MAX];
  const bool is_told = brain.greeted && link_is_open();
  if (is_told) brain_tell(out, wire_received(out, signal, 0));
  /* The others ask for what a fresh brain does anyhow: read its configuration, open its logs. */
  if (signal != SIGTERM && signal != SIGINT && signal != SIGQUIT) return;
  /* Asked twice, a brain that does not come up is ended, where nothing depends on it. */
  if (!is_told && brain.kept & 1u << signal && !generations_count()) brain_signal(signal);
  /* A brain may die before it acts; and an end that was asked for is never taken back. */
  brain.kept |= 1u << signal;
}

/* Whatever was asked by or armed for the brain that has gone is nobody's any more. */
static void forget_wishes(void) {
  for (uint32_t i = 0; i < generations_end(); i++) {
    struct generation *generation = generations_at(i);
    if (!generation) continue;
    generation->request = 0;
    generation_unwatch(generation);
  }
}

static void start_later(uint64_t now) {
  if (now - brain.started_at >= SHORT_LIFE_MS) brain.backoff = 0;
  brain.start_at = now + brain.backoff;
  brain.backoff = brain.backoff ? brain.backoff * 2 : BACKOFF_FIRST_MS;
  if (brain.backoff > BACKOFF_MAX_MS) brain.backoff = BACKOFF_MAX_MS;
}

void brain_reaped(void) { brain.pid = 0; }

/* A first brain that ends before it serves is a mistake of whoever started it, and told at once; one that was killed is none. A later one may find
 * room again (memory, processes), and what the brain before it has put by is still here; but it is not waited for when the end is asked for. */
static bool is_pointless(bool was_killed) { return !generations_count() && ((!brain.served && !was_killed) || brain.kept); }

void brain_ended(int status) {
  const bool greeted = brain.greeted, was_killed = greeted && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  brain.greeted = false;
  brain.kill_at = NEVER;
  brain.former.known = true;
  brain.former.status = status;
  brain.former.hung = watchdog_end();
  link_close();
  if (replacement_brain_ended(status)) {
    forget_wishes();
    brain.backoff = 0;
    brain.start_at = now_ms();
    return;
  }
  if (!brain.serves && is_pointless(was_killed)) ending_leave(greeted ? EXIT_NO_BRAIN : exit_code_of(status));
  if (!brain.serves) last_words_show(); /* perhaps there is none that could log them */
  complain("the brain has ended (%s %d); %u generations are kept for the next one", WIFSIGNALED(status) ? "signal" : "code",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), generations_count());
  forget_wishes();
  start_later(now_ms());
}

bool brain_former(int *status, bool *hung) {
  *status = brain.former.status;
  *hung = brain.former.hung;
  return brain.former.known;
}

void brain_forget(void) {
  link_close();
  watchdog_end();
  brain.former.known = false;
  brain.pid = 0;
  brain.greeted = false;
}

void brain_remove(void) {
  brain_signal(SIGKILL);
  while (brain.pid && waitpid(brain.pid, NULL, 0) == -1 && errno == EINTR);
  brain.served = false;
  brain_forget();
}

uint64_t brain_deadline(void) { return brain.start_at < brain.kill_at ? brain.start_at : brain.kill_at; }

void brain_tick(uint64_t now) {
  /* A brain that closes its link is ending, or has broken it: it gets a moment to say its last words. */
  if (brain.pid && brain.greeted && !link_is_open() && brain.kill_at == NEVER) brain.kill_at = now + FAREWELL_MS;
  if (now >= brain.kill_at) {
    brain.kill_at = NEVER;
    brain_signal(SIGKILL);
  }
  if (now < brain.start_at || brain_start()) return;
  if (is_pointless(false)) ending_leave(EXIT_NO_BRAIN);
  start_later(now);
}

void brain_save(void) {
  state_begin(STATE_BRAIN);
  state_put(brain.epoch, 4);
  state_put(brain.kept, 4);
  state_put(brain.former.known, 1);
  state_put(brain.former.hung, 1);
  state_put((uint32_t)brain.former.status, 4);
  state_end();
}

void brain_load(struct state_record *record) {
  brain.epoch = (uint32_t)state_take(record, 4);
  brain.kept = (uint32_t)state_take(record, 4);
  brain.former.known = state_take(record, 1);
  brain.former.hung = state_take(record, 1);
  brain.former.status = (int)state_take(record, 4);
  brain.served = true; /* else it could not have been asked to make room */
}

void brain_resume(void) { brain.start_at = now_ms(); }
