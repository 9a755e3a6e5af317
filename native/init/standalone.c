#define _GNU_SOURCE
#include "standalone.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "standalone_child.h"
#include "standalone_end.h"
#include "standalone_options.h"
#include "standalone_signals.h"
#include "standalone_voice.h"
#include "terminal.h"

enum { SIGNALLED = 128 };

static struct {
  struct standalone_options options;
  sigset_t taken;
  struct inherited_signals inherited;
  pid_t child; /* as it was forked; its group has the same number */
  int code;    /* its exit code, -1 until it was reaped */
  bool hand_off[SIGNAL_LAST + 1]; /* the next one is the terminal's and is passed over */
} init = {.code = -1};

/* Whether orphans come to us. */
static bool is_reaper(void) {
  int flag = 0;
  return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &flag) == 0 && flag);
}

static bool prepare(void) {
  const struct standalone_options *options = &init.options;
  if (options->death_signal && prctl(PR_SET_PDEATHSIG, options->death_signal) == -1) {
    voice_tini(LEVEL_FATAL, "Failed to set up parent death signal");
    return false;
  }
  if (options->subreaper) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1) {
      voice_tini(LEVEL_FATAL, "Failed to register as child subreaper: %s", strerror(errno));
      return false;
    }
    voice_tini(LEVEL_TRACE, "Registered as child subreaper");
  }
  if (!is_reaper())
    voice_tini(LEVEL_WARN,
               "%s is not running as PID 1 and isn't registered as a child subreaper.\n"
               "Orphans will not be re-parented to it, so zombie reaping won't work.\n"
               "Give it the option -s, set TINI_SUBREAPER, or run it as PID 1.",
               options->personality == AS_TINI ? "Tini" : "legato-init");
  return true;
}

static bool start(void) {
  const struct standalone_options *options = &init.options;
  if (options->placement == PLACE_SESSION) init.hand_off[SIGHUP] = init.hand_off[SIGCONT] = terminal_give_up();
  pid_t pid = fork();
  if (pid == -1) {
    voice_tini(LEVEL_FATAL, "fork failed: %s", strerror(errno));
    voice_dumb_init_error("Unable to fork. Exiting.");
    return false;
  }
  if (pid == 0) standalone_child(options, &init.inherited);
  init.child = pid;
  voice_tini(LEVEL_INFO, "Spawned child process '%s' with pid '%d'", options->command[0], pid);
  voice_dumb_init("Child spawned with PID %d.", pid);
  /* dumb-init does not keep the working directory's file system from being unmounted. */
  if (options->personality == AS_DUMB_INIT && chdir("/") == -1)
    voice_dumb_init("Unable to chdir(\"/\") (errno=%d %s)", errno, strerror(errno));
  return true;
}

static void send_to_child(int signal) {
  const bool reaped = init.code != -1; /* its pid may be another's then; its group's number is not, while that has members */
  int result = -1;
  errno = ESRCH;
  if (init.options.whole_group) result = kill(-init.child, signal);
  /* The group may not be there yet: the child takes the signal when it is ready for it. */
  if (result == -1 && errno == ESRCH && !reaped) result = kill(init.child, signal);
  if (result == -1 && !reaped) voice_tini(LEVEL_WARN, "Cannot pass signal %d on: %s", signal, strerror(errno));
}

static void pass_on(int signal) {
  int rewritten = signal <= SIGNAL_LAST ? init.options.rewrite[signal] : AS_RECEIVED;
  if (rewritten != AS_RECEIVED) {
    voice_dumb_init("Translating signal %d to %d.", signal, rewritten);
    signal = rewritten;
  }
  if (signal == 0) {
    voice_dumb_init("Not forwarding signal %d to children (ignored).", signal);
    return;
  }
  voice_tini(LEVEL_DEBUG, "Passing signal: '%s'", strsignal(signal));
  send_to_child(signal);
  voice_dumb_init("Forwarded signal %d to children.", signal);
}

static void child_ended(int status) {
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);
  if (WIFEXITED(status))
    voice_tini(LEVEL_INFO, "Main child exited normally (with status '%d')", code);
  else
    voice_tini(LEVEL_INFO, "Main child exited with signal (with signal '%s')", strsignal(WTERMSIG(status)));
  init.code = init.options.remapped[code / 8] >> code % 8 & 1 ? 0 : code;
}

static void reap(void) {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    voice_tini(LEVEL_DEBUG, "Reaped child with pid: '%d'", pid);
    if (WIFEXITED(status))
      voice_dumb_init("A child with PID %d exited with exit status %d.", pid, WEXITSTATUS(status));
    else
      voice_dumb_init("A child with PID %d was terminated by signal %d.", pid, WTERMSIG(status));
    if (pid == init.child)
      child_ended(status);
    else if (init.options.warn_on_reap)
      voice_tini(LEVEL_WARN, "Reaped zombie process with pid=%d", pid);
  }
  voice_tini(LEVEL_TRACE, pid == 0 ? "No child to reap" : "No child to wait");
}

static void receive(int signal) {
  bool known = signal <= SIGNAL_LAST;
  voice_dumb_init("Received signal %d.", signal);
  if (known && init.hand_off[signal]) {
    voice_dumb_init("Ignoring tty hand-off signal %d.", signal);
    init.hand_off[signal] = false;
  } else if (signal == SIGCHLD) {
    voice_tini(LEVEL_DEBUG, "Received SIGCHLD");
    reap();
  } else {
    pass_on(signal);
    if (init.options.personality != AS_DUMB_INIT || (signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU)) return;
    voice_dumb_init("Suspending self due to TTY signal.");
    kill(getpid(), SIGSTOP); /* to itself: never refused */
  }
}

/* The command has ended: what becomes of the others. */
static int finish(void) {
  if (init.options.personality == AS_DUMB_INIT) {
    pass_on(SIGTERM);
    voice_dumb_init("Child exited with status %d. Goodbye.", init.code);
    return init.code;
  }
  if (init.options.grace_ms && is_reaper()) standalone_end_rest(init.options.grace_ms);
  if (init.options.personality == AS_LEGATO && init.options.placement == PLACE_GROUP) terminal_take_back(init.child);
  voice_tini(LEVEL_TRACE, "Exiting: child has exited");
  return init.code;
}

int standalone_main(int argc, char **argv) {
  int code = standalone_parse(argc, argv, &init.options);
  if (code != GO_ON) return code;
  standalone_take_signals(&init.options, &init.taken, &init.inherited);
  if (!prepare() || !start()) return init.options.failure;
  while (init.code == -1) {
    int signal = sigwaitinfo(&init.taken, NULL);
    if (signal > 0) receive(signal); /* interrupted by having been stopped: once more */
  }
  return finish();
}
