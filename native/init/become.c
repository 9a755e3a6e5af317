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
#include "identity.h"
#include "loggers.h"
#include "shelves.h"
#include "watch.h"
#include "watchdog.h"
#include "words.h"

enum { EXIT_HALF_WAY = 70 };

static int signals = -1;
static uint8_t facts;

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
  pid_t child = fork();
  if (child == -1) give_up("go to the background");
  if (child) _exit(0);
  setsid(); /* cannot fail: a forked child leads no group */
  umask(mask);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null == -1) give_up("open /dev/null");
  for (int fd = 0; fd <= 2; fd++)
    if (dup2(null, fd) == -1) give_up("leave the standard streams");
  close(null);
  if (!become_init()) give_up("become init again");
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
  words_make();
  facts |= FACT_BECAME;
  if (!brain_start()) _exit(EXIT_HALF_WAY);
  return 0;
}
