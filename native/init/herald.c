#define _GNU_SOURCE
#include "herald.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "complain.h"

enum { PATIENCE_MS = 60000, EXIT_UNHEARD = 70 };

static int word = -1; /* on which it is told; -1: nobody waits */

/* The pipe's end without a word: the child has ended, or is ending. */
static bool is_told(int reader) {
  char told;
  ssize_t length;
  while ((length = read(reader, &told, 1)) == -1 && errno == EINTR);
  return length == 1;
}

/* False when nothing is heard in time. */
static bool hear(int reader) {
  const uint64_t end = now_ms() + PATIENCE_MS;
  struct pollfd told = {.fd = reader, .events = POLLIN};
  for (uint64_t now = now_ms(); now < end; now = now_ms())
    if (poll(&told, 1, (int)(end - now)) == 1) return true;
  return false;
}

static _Noreturn void wait_for(int reader, pid_t child) {
  sigset_t none;
  int status;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL); /* whoever waits may be interrupted: legato goes on */
  if (!hear(reader)) {
    complain("nothing is heard of process %d, which goes on in the background", (int)child);
    _exit(EXIT_UNHEARD);
  }
  if (is_told(reader)) _exit(0);
  while (waitpid(child, &status, 0) == -1)
    if (errno != EINTR) _exit(EXIT_UNHEARD);
  _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

pid_t herald_fork(void) {
  int pair[2];
  if (pipe2(pair, O_CLOEXEC) == -1) return -1;
  const pid_t child = fork();
  if (child > 0) {
    close(pair[1]);
    wait_for(pair[0], child);
  }
  close(pair[0]);
  if (child == 0)
    word = pair[1];
  else
    close(pair[1]);
  return child;
}

bool herald_is_awaited(void) { return word != -1; }

void herald_tell(void) {
  if (!herald_is_awaited()) return;
  if (dup2(STDOUT_FILENO, STDERR_FILENO) == -1) complain("cannot leave the standard error stream: errno %d", errno);
  ssize_t written = write(word, "", 1);
  (void)written; /* they wait no longer */
  close(word);
  word = -1;
}
