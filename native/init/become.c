#define _GNU_SOURCE
#include "become.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "brain.h"
#include "complain.h"
#include "generations.h"
#include "herald.h"
#include "identity.h"
#include "last_words.h"
#include "loggers.h"
#include "shelves.h"
#include "watch.h"
#include "watchdog.h"

enum { EXIT_HALF_WAY = 70 };

static int signals = -1;
static uint8_t facts;
static mode_t callers_umask;

uint8_t become_facts(void) { return facts; }

void become_recall(uint8_t former) { facts = former & FACT_BECAME; }

int become_signals(void) { return signals; }

bool become_init(void) {
  static const int heard[] = {SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, WATCHDOG_SIGNAL};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof heard / sizeof *heard; i++) sigaddset(&set, heard[i]);
  if (signals != -1) close(signals);
  signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  facts = (uint8_t)((getpid() == 1 ? FACT_PID1 : 0) | (facts & FACT_BECAME));
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) == 0) facts |= FACT_SUBREAPER;
  return signals != -1 && facts & FACT_SUBREAPER && watch_open() && watch_add(signals, WATCH_SIGNALS, 0);
}

static _Noreturn void give_up(const char *what) {
  complain("cannot %s: errno %d", what, errno);
  _exit(EXIT_HALF_WAY);
}

static void detach(mode_t mask) {
  if (herald_fork() == -1) give_up("go to the background");
  setsid(); /* cannot fail: a forked child leads no group */
  callers_umask = umask(mask);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null == -1) give_up("open /dev/null");
  /* Standard error follows when the brain serves: until then somebody reads it. */
  if (dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1) give_up("leave the standard streams");
  close(null);
  if (!become_init()) give_up("become init again");
}

void become_equip_brain(void) {
  if (!herald_is_awaited()) return;
  umask(callers_umask);
  if (dup2(STDOUT_FILENO, STDERR_FILENO) == -1) give_up("leave the standard error stream");
}

int become(const struct become_request *request) {
  if (generations_count()) return EBUSY;
  if (request->detach && getpid() == 1) return EPERM; /* the end of PID 1 is the end of all */
  /* Found out beforehand: once the brain has gone there is nobody to tell. */
  int error = request->identity.set ? identity_try(&request->identity) : 0;
  if (error) return error;
  struct identity identity = request->identity;
  /* The brain first, while init still may kill it; its frame stays readable until the next one is read. */
  brain_remove();
  loggers_dismiss(); /* of another identity */
  if (identity.set && identity_take(&identity) != IDENTITY_TAKEN) give_up("take the identity");
  /* A change of identity hides /proc/PID/fd, through which the brain opens the streams. */
  if (prctl(PR_SET_DUMPABLE, 1) == -1) give_up("become dumpable");
  if (request->detach) detach((mode_t)request->umask);
  shelves_make();
  last_words_make();
  facts |= FACT_BECAME;
  if (!brain_start()) _exit(EXIT_HALF_WAY);
  return 0;
}
