/* A small fuzzer for compilers without one: what -fsanitize-coverage=trace-pc counts decides which inputs are worth to be changed further.
 * driver CORPUS SECONDS SEED [KEEP]: reads every file of CORPUS, then changes what it has until the time is over; with KEEP as the fourth argument what has
 * reached something new is written to CORPUS. The same seed and corpus give the same run, up to its length. A fault ends the process by the
 * sanitizer, and the input is in build/fuzz-crash. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_cov_trace_pc(void);
void __sanitizer_set_death_callback(void (*callback)(void));

enum { MAP = 1 << 16, LONGEST = 1 << 16, INPUTS_MAX = 4096 };

struct input {
  uint8_t *bytes;
  size_t length;
};

static struct input corpus[INPUTS_MAX];
static size_t count;
static uint8_t hits[MAP], known[MAP];
static uintptr_t former;
static struct input current;
static uint64_t state;

__attribute__((no_sanitize_coverage, no_sanitize("address", "undefined"))) void __sanitizer_cov_trace_pc(void) {
  const uintptr_t here = (uintptr_t)__builtin_return_address(0);
  const uintptr_t edge = (here ^ former * 31) % MAP;
  if (hits[edge] != 255) hits[edge]++;
  former = here;
}

static void keep_crash(void) {
  int fd = open("build/fuzz-crash", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd != -1 && write(fd, current.bytes, current.length) == (ssize_t)current.length) fprintf(stderr, "the input is in build/fuzz-crash\n");
}

static uint32_t random_below(uint32_t limit) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return limit ? (uint32_t)(state >> 16) % limit : 0;
}

/* How often an edge was passed counts by its order of magnitude. */
static uint8_t magnitude(uint8_t times) { return times == 0 ? 0 : (uint8_t)(1 << (31 - __builtin_clz(times))); }

static bool runs_anew(void) {
  bool anew = false;
  memset(hits, 0, sizeof hits);
  former = 0;
  LLVMFuzzerTestOneInput(current.bytes, current.length);
  for (size_t i = 0; i < MAP; i++) {
    const uint8_t seen = magnitude(hits[i]);
    if (seen & ~known[i]) anew = true;
    known[i] |= seen;
  }
  return anew;
}

static void add(void) {
  if (count == INPUTS_MAX) return;
  uint8_t *copy = malloc(current.length ? current.length : 1);
  if (!copy) exit(2);
  memcpy(copy, current.bytes, current.length);
  corpus[count++] = (struct input){copy, current.length};
}

static void write_down(const char *directory) {
  char path[512];
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < current.length; i++) hash = (hash ^ current.bytes[i]) * 1099511628211u;
  snprintf(path, sizeof path, "%s/%016llx", directory, (unsigned long long)hash);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd == -1 || write(fd, current.bytes, current.length) != (ssize_t)current.length) exit(2);
  close(fd);
}

static void change_once(void) {
  static const uint32_t odd[] = {0, 1, 2, 4, 255, 256, 4095, 4096, 65535, 65536, 1 << 20, (1 << 20) + 1, 4 << 20, (4 << 20) + 1, 0x7fffffff, 0x80000000, 0xffffffff};
  const uint32_t length = (uint32_t)current.length, at = random_below(length);
  uint32_t span = 1 + random_below(16);
  switch (random_below(7)) {
    case 0:
      if (length) current.bytes[at] ^= (uint8_t)(1 << random_below(8));
      return;
    case 1:
      if (length) current.bytes[at] = (uint8_t)random_below(256);
      return;
    case 2: /* a length or a count */
      if (at + 4 <= length) memcpy(current.bytes + at, &odd[random_below(sizeof odd / sizeof *odd)], 4);
      return;
    case 3:
      if (at + span > length) return;
      memmove(current.bytes + at, current.bytes + at + span, length - at - span);
      current.length -= span;
      return;
    case 4:
      if (length + span > LONGEST) return;
      memmove(current.bytes + at + span, current.bytes + at, length - at);
      for (uint32_t i = 0; i < span; i++) current.bytes[at + i] = (uint8_t)random_below(256);
      current.length += span;
      return;
    case 5: { /* the rest is another's */
      const struct input *other = &corpus[random_below((uint32_t)count)];
      const uint32_t from = random_below((uint32_t)other->length);
      const size_t more = other->length - from;
      if (at + more > LONGEST) return;
      memcpy(current.bytes + at, other->bytes + from, more);
      current.length = at + more;
      return;
    }
    default: /* small steps find limits */
      if (length) current.bytes[at] = (uint8_t)(current.bytes[at] + (int)random_below(9) - 4);
  }
}

static void load(const char *directory) {
  struct dirent **names;
  char path[512];
  const int found = scandir(directory, &names, NULL, alphasort); /* one order everywhere */
  for (int i = 0; i < found; i++) {
    snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
    free(names[i]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd == -1 ? -1 : read(fd, current.bytes, LONGEST);
    if (fd != -1) close(fd);
    if (length < 0) continue; /* a directory */
    current.length = (size_t)length;
    runs_anew();
    add();
  }
  if (found >= 0) free(names);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc < 4) return 64;
  const double end = seconds() + strtod(argv[2], NULL);
  const bool keep = argc > 4;
  uint64_t runs = 0;
  state = strtoull(argv[3], NULL, 10) * 2654435761u + 88172645463325252u;
  current.bytes = malloc(LONGEST);
  if (!current.bytes) return 2;
  __sanitizer_set_death_callback(keep_crash);
  load(argv[1]);
  const size_t given = count;
  if (!given) return 2;
  for (; seconds() < end; runs++) {
    const struct input *chosen = &corpus[random_below((uint32_t)count)];
    memcpy(current.bytes, chosen->bytes, current.length = chosen->length);
    for (uint32_t changes = 1 + random_below(6); changes; changes--) change_once();
    if (!runs_anew()) continue;
    add();
    if (keep) write_down(argv[1]);
  }
  size_t edges = 0;
  for (size_t i = 0; i < MAP; i++) edges += known[i] != 0;
  printf("ok fuzz: %llu inputs from %zu, %zu of them new, %zu edges\n", (unsigned long long)runs, given, count - given, edges);
  return 0;
}
