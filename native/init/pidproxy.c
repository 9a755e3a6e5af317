#define _GNU_SOURCE
#include "pidproxy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DIGITS_MAX = 64, NOT_FOUND = 127 };

static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

/* The number in the file and nothing else but white space; 0: there is none. */
static pid_t read_pid(const char *pidfile) {
  char text[DIGITS_MAX + 1], *end;
  int fd = open(pidfile, O_RDONLY | O_CLOEXEC);
  if (fd == -1) return 0;
  ssize_t length = read(fd, text, DIGITS_MAX);
  close(fd);
  if (length <= 0) return 0;
  text[length] = 0;
  long pid = strtol(text, &end, 10);
  end += strspn(end, " \t\r\n");
  return *end || pid <= 1 || pid > 1L << 30 ? 0 : (pid_t)pid;
}

static void wait_for_end(int process) {
  struct pollfd ended = {process, POLLIN, 0};
  while (process != -1 && poll(&ended, 1, -1) == -1 && errno == EINTR);
}

/* True: that was the end of it, and of pidproxy. */
static bool pass_on(const char *pidfile, int signal) {
  const pid_t pid = read_pid(pidfile);
  if (!pid) {
    printf("Can't read child pidfile %s!\n", pidfile);
    fflush(stdout);
    return false;
  }
  /* Held before it is told, so that its number cannot have become another's. Without pidfd_open(2) its end is not waited for. */
  const int process = (int)syscall(SYS_pidfd_open, pid, 0);
  if (kill(pid, signal) == -1) {
    printf("Can't signal pid %d of %s: %s\n", pid, pidfile, strerror(errno));
    fflush(stdout);
  }
  const bool ends = signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
  if (ends) wait_for_end(process);
  if (process != -1) close(process);
  return ends;
}

static _Noreturn void run(char **command, const sigset_t *mask) {
  sigprocmask(SIG_SETMASK, mask, NULL); /* fails for no argument of this kind */
  /* Supervisor's takes the name from the working directory; one without a slash may also be in PATH. */
  execv(command[0], command);
  if (errno == ENOENT && !strchr(command[0], '/')) execvp(command[0], command);
  fprintf(stderr, "pidproxy: cannot execute %s: %s\n", command[0], strerror(errno));
  _exit(NOT_FOUND);
}

int pidproxy_main(int count, char **arguments) {
  if (count < 2) {
    printf("pidproxy -- run command and proxy signals to it via its pidfile\n\n"
           "Usage: pidproxy <pidfile name> <command> [<cmdarg1> ...]\n");
    return 1;
  }
  sigset_t taken, before;
  sigemptyset(&taken);
  sigaddset(&taken, SIGCHLD);
  for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) sigaddset(&taken, passed_on[i]);
  sigprocmask(SIG_BLOCK, &taken, &before); /* fails for no argument of this kind */
  signal(SIGCHLD, SIG_DFL);                /* inherited as ignored, it would leave nothing to wait for */
  const pid_t child = fork();
  if (child == -1) {
    fprintf(stderr, "pidproxy: cannot fork: %s\n", strerror(errno));
    return 1;
  }
  if (child == 0) run(arguments + 1, &before);
  for (;;) {
    const int signal = sigwaitinfo(&taken, NULL);
    if (signal == SIGCHLD && waitpid(child, NULL, WNOHANG) == child) return 0;
    if (signal > 0 && signal != SIGCHLD && pass_on(arguments[0], signal)) return 0;
  }
}
