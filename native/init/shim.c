#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "descriptors.h"
#include "families.h"
#include "title.h"
#include "usage.h"

/* From the end of init (nobody supervises any more) to SIGKILL. */
enum { ABANDONED_GRACE_MS = 5000 };

/* Aligned as it must be and no more, it lies among the other small things (native/build.sh) and needs no page of its own. */
static _Alignas(uint64_t) struct {
  int channel, signals, status;
  pid_t service; /* the main process as it was forked */
  struct family family;
  bool exec_failed;
  bool abandoned;
  uint32_t orphans;
  uint64_t sweep_at, sweep_wait;
} shim;

static void report(const struct shim_report *message) {
  /* init gone: nothing to say it to, and the channel's end is seen by the loop. */
  ssize_t sent = send(shim.channel, message, sizeof *message, MSG_NOSIGNAL);
  (void)sent;
}

static _Noreturn void fail(enum stage stage, int error) {
  report(&(struct shim_report){.kind = SHIM_FAILED, .failed = {stage, error}});
  _exit(0);
}

/* Whoever cannot be ended at once (a process in uninterruptible sleep) is asked for ever more rarely. */
static void sweep_later(void) {
  shim.sweep_at = now_ms() + shim.sweep_wait;
  if (shim.sweep_wait < SWEEP_RAREST_MS) shim.sweep_wait *= 2;
}

static void sweep(void) {
  family_kill(&shim.family);
  sweep_later();
}

/* The status pipe of the service's stages: a failure, or the end of file that exec brings. */
static void learn_exec(void) {
  struct failure failure;
  ssize_t length = read(shim.status, &failure, sizeof failure);
  if (length == -1 && errno == EINTR) return;
  close(shim.status);
  shim.status = -1;
  if (length == sizeof failure) {
    shim.exec_failed = true;
    report(&(struct shim_report){.kind = SHIM_FAILED, .failed = {failure.stage, failure.error}});
  } else {
    report(&(struct shim_report){.kind = SHIM_SPAWNED, .spawned = shim.service});
  }
}

/* The main process' end and whether it left anybody are said together: whoever hears of the end alone would look for the rest. */
static void reap(void) {
  struct shim_report end = {.kind = SHIM_EMPTY};
  struct rusage usage;
  int status;
  pid_t pid;
  while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
    if (pid != shim.family.main) {
      shim.orphans++;
      continue;
    }
    shim.family.main = 0;
    /* It may have run and ended before its exec was looked at; `spawned` comes first all the same. */
    if (shim.status != -1) learn_exec();
    end = (struct shim_report){.kind = SHIM_EXITED, .exited = {.status = status, .usage = usage_of(&usage)}};
  }
  bool empty = pid == -1 && errno == ECHILD;
  if (end.kind == SHIM_EXITED) {
    end.exited.empty = empty;
    end.exited.orphans = shim.orphans;
  } else if (empty) {
    end.orphans = shim.orphans;
  } else {
    return;
  }
  if (!shim.exec_failed) report(&end);
  if (empty) _exit(0);
}

static void obey(void) {
  struct shim_command command;
  reap(); /* the dead are not to be counted among those who got a signal */
  ssize_t length = recv(shim.channel, &command, sizeof command, MSG_DONTWAIT);
  if (length == -1 && (errno == EAGAIN || errno == EINTR)) return;
  if (length != sizeof command) {
    /* init has died without ending its services: they must not live on unsupervised. */
    close(shim.channel);
    shim.channel = -1;
    shim.abandoned = true;
    family_signal(&shim.family, WHOM_ROOTS, SIGTERM, true);
    shim.sweep_at = now_ms() + ABANDONED_GRACE_MS;
    return;
  }
  struct outcome outcome = family_signal(&shim.family, command.whom, command.signal, command.cont);
  if (command.whom == WHOM_TREE && command.signal == SIGKILL) {
    shim.sweep_wait = SWEEP_AGAIN_MS;
    sweep_later();
  }
  report(&(struct shim_report){.kind = SHIM_RESULT, .result = {command.id, command.epoch, outcome.count, outcome.error}});
}

static void take_signals(void) {
  struct signalfd_siginfo info[4];
  ssize_t length = read(shim.signals, info, sizeof info);
  for (ssize_t i = 0; i < length / (ssize_t)sizeof info[0]; i++)
    if (info[i].ssi_signo != SIGCHLD) report(&(struct shim_report){.kind = SHIM_RECEIVED, .received = (int)info[i].ssi_signo});
  reap();
}

static int open_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  static const int heard[] = {SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};
  for (size_t i = 0; i < sizeof heard / sizeof *heard; i++) sigaddset(&set, heard[i]);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void start_service(struct service *service) {
  int status[2];
  if (pipe2(status, O_CLOEXEC) == -1) fail(STAGE_PIPE, errno);
  shim.service = fork();
  if (shim.service == -1) fail(STAGE_FORK, errno);
  if (shim.service == 0) stages_run(service, status[1]);
  shim.family = (struct family){shim.service, shim.service, add_own_children, 0};
  close(status[1]);
  shim.status = status[0];
  for (int i = 0; i < STREAM_COUNT; i++)
    if (service->end[i] != -1) close(service->end[i]);
  handing_close_all(&service->handing);
}

/* The start went deeper than the loop does: what it wrote further down is given back. Advice: refused, it is merely kept. */
static __attribute__((noinline)) void give_back_stack(void) {
  enum { CALL = 512 }; /* what madvise itself may need below this frame */
  volatile uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t end = ((uintptr_t)&size - CALL) / size * size, deepest = 16 * size;
  madvise((void *)(end - deepest), deepest, MADV_DONTNEED);
}

/* Every signal is blocked already, in init: none of those a service may send to its parent ends the shim. */
_Noreturn void shim_run(int channel, struct service *service, void (*release_memory)(void)) {
  int keep[4 + HANDED_MAX] = {channel, service->end[0], service->end[1], service->end[2]};
  for (uint32_t i = 0; i < service->handing.count; i++) keep[4 + i] = service->handing.item[i].source;
  shim.channel = channel;
  shim.sweep_at = NEVER;
  shim.sweep_wait = SWEEP_AGAIN_MS;
  descriptors_close_others(keep, 4 + service->handing.count);
  sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP}, NULL); /* fails for no argument of this kind */
  if (setsid() == -1 || prctl(PR_SET_CHILD_SUBREAPER, 1) == -1) fail(STAGE_SHIM, errno);
  shim.signals = open_signals();
  if (shim.signals == -1) fail(STAGE_SHIM, errno);
  start_service(service);
  struct text title = service->request->title;
  title_set((const char *)title.bytes, title.length < WIRE_TITLE_MAX ? title.length : WIRE_TITLE_MAX);
  release_memory();
  give_back_stack();
  for (;;) {
    /* poll(2) passes over descriptors of -1. */
    struct pollfd polled[] = {{shim.status, POLLIN, 0}, {shim.signals, POLLIN, 0}, {shim.channel, POLLIN, 0}};
    poll(polled, sizeof polled / sizeof *polled, wait_until(shim.sweep_at)); /* interrupted or short of memory: nothing is ready */
    if (polled[0].revents) learn_exec();
    if (polled[1].revents) take_signals();
    if (polled[2].revents) obey();
    if (now_ms() >= shim.sweep_at) sweep();
  }
}
