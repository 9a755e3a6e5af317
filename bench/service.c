/*
 * The service of the benchmark: notes its start and waits.
 *   service                     appends "PID NANOSECONDS\n" (CLOCK_MONOTONIC) to the file named by BENCH_RECORD, then pauses
 *   service exec COMMAND ARGS   does the same, then becomes COMMAND: the start of the supervisor itself
 * One write in append mode, so that a hundred of them do not mix.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const char *path = getenv("BENCH_RECORD");
  int fd = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return 100;
  char line[64];
  int length = snprintf(line, sizeof line, "%ld %lld\n", (long)getpid(), (long long)now.tv_sec * 1000000000 + now.tv_nsec);
  if (write(fd, line, (size_t)length) != length) return 111;
  close(fd);
  if (argc > 2 && strcmp(argv[1], "exec") == 0) {
    execvp(argv[2], argv + 2);
    return 127;
  }
  for (;;) pause();
}
