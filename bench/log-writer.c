/*
 * The chatty program of the benchmark of logs: log-writer FILE SIZE [RATE] writes lines of 80 bytes to stdout, SIZE bytes a write, without end;
 * with RATE so many writes a second, evenly, as far as the machine's timers go.
 * FILE holds the number of bytes so far, as 8 bytes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { line = 80, most = 1 << 16 };

int main(int argc, char **argv) {
  static char text[most];
  size_t size = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
  if (size == 0 || size > most) return 100;
  memset(text, 'x', sizeof text);
  for (size_t i = line - 1; i < sizeof text; i += line) text[i] = '\n';
  int fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(uint64_t)) < 0) return 111;
  volatile uint64_t *bytes = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED) return 111;
  const long rate = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (*bytes = 0;;) {
    ssize_t count = write(1, text, size);
    if (count <= 0) return 0;
    *bytes += (uint64_t)count;
    if (rate <= 0) continue;
    next.tv_nsec += 1000000000 / rate;
    if (next.tv_nsec >= 1000000000) next.tv_nsec -= 1000000000, next.tv_sec++;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
}
