/*
 * The services of the benchmark of events.
 *   event-listener count FILE   an event listener that does nothing but answer: the number of events so far is in FILE, as 8 bytes
 *   event-listener write        writes blocks of 4 KiB to a pipe that holds one of them: each is one read, and so one event
 *   event-listener say MS       writes a line of 80 bytes every so many milliseconds
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { block = 4096, room = 1 << 17 };

static char buffer[room + 1];
static size_t have;

static void read_more(void) {
  ssize_t count = read(0, buffer + have, room - have);
  if (count <= 0) _exit(0);
  have += (size_t)count;
  buffer[have] = 0;
}

static void say(const char *text) {
  if (write(1, text, strlen(text)) < 0) _exit(0);
}

static void count_events(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(uint64_t)) < 0) _exit(111);
  volatile uint64_t *events = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (events == MAP_FAILED) _exit(111);
  *events = 0;
  for (say("READY\n");; say("RESULT 2\nOKREADY\n")) {
    char *end;
    while ((end = memchr(buffer, '\n', have)) == NULL) read_more();
    const char *length = strstr(buffer, " len:");
    if (length == NULL) _exit(100);
    size_t whole = (size_t)(end + 1 - buffer) + strtoul(length + 5, NULL, 10);
    if (whole > room) _exit(100);
    while (have < whole) read_more();
    memmove(buffer, buffer + whole, have - whole);
    have -= whole;
    *events += 1;
  }
}

static void write_blocks(void) {
  static char text[block];
  memset(text, 'x', sizeof text);
  for (size_t i = 79; i < sizeof text; i += 80) text[i] = '\n';
  if (fcntl(1, F_SETPIPE_SZ, block) < 0) _exit(111);
  while (write(1, text, sizeof text) > 0) continue;
}

static void say_lines(const char *every) {
  long ms = strtol(every, NULL, 10);
  struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
  static char line[80];
  memset(line, 'x', sizeof line);
  line[sizeof line - 1] = '\n';
  while (write(1, line, sizeof line) > 0) nanosleep(&rest, NULL);
}

int main(int argc, char **argv) {
  if (argc > 2 && strcmp(argv[1], "count") == 0) count_events(argv[2]);
  if (argc > 1 && strcmp(argv[1], "write") == 0) write_blocks();
  if (argc > 2 && strcmp(argv[1], "say") == 0) say_lines(argv[2]);
  return 100;
}
