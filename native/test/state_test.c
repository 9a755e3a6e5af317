/* The state of init against the bytes that version 1 of it has written: state_test state-1.hex (docs/upgrade.md).
 * Each trial is a process of its own, for the tables are filled but once. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../init/brain.h"
#include "../init/generations.h"
#include "../init/memos.h"
#include "../init/replacement.h"
#include "../init/resume.h"
#include "../init/loggers.h"
#include "../init/sockets.h"
#include "../init/spawn.h"

enum { ROOM = 8192, FACTS = 12 + 8 }; /* FACTS: where init says what it is, which this test is not */

/* So that their finds are told from a refusal. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "exitcode=99"; }
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) { return "exitcode=99"; }

static int passed, failed;
static uint8_t fixture[ROOM];
static size_t length;

static void check(const char *what, bool good) {
  printf(good ? "ok state: %s\n" : "FAILED state: %s\n", what);
  if (good)
    passed++;
  else
    failed++;
}

static void read_fixture(const char *path) {
  char line[1024];
  FILE *file = fopen(path, "r");
  int half = -1;
  while (file && fgets(line, sizeof line, file))
    for (const char *at = line; *at && *at != '#' && length < ROOM; at++) {
      if (!isxdigit((unsigned char)*at)) continue;
      const int digit = isdigit((unsigned char)*at) ? *at - '0' : tolower((unsigned char)*at) - 'a' + 10;
      if (half == -1) {
        half = digit;
        continue;
      }
      fixture[length++] = (uint8_t)(half << 4 | digit);
      half = -1;
    }
  if (file) fclose(file);
}

static int file_of(const uint8_t *bytes, size_t size) {
  const int fd = memfd_create("test", 0);
  if (fd == -1 || write(fd, bytes, size) != (ssize_t)size) exit(2);
  return fd;
}

static const char *take(const uint8_t *bytes, size_t size) {
  if (!generations_open() || !memos_open()) exit(2);
  return resume_read(file_of(bytes, size));
}

/* What `look` answers in a process that has read these bytes; -1: it has not ended by itself. */
static int in_a_child(const uint8_t *bytes, size_t size, int (*look)(const char *wrong)) {
  int status;
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(look(take(bytes, size)));
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int is_good(const char *wrong) { return wrong ? 1 : 0; }

static bool is_title(uint32_t key, const char *title) {
  const struct generation *generation = generations_find(key);
  return generation && generation->title_length == strlen(title) && memcmp(generation->title, title, strlen(title)) == 0;
}

static int knows_everything(const char *wrong) {
  const struct generation *web = generations_find(1), *batch = generations_find(2), *lost = generations_find(3);
  struct socket_report first, second;
  uint8_t outcome;
  int32_t code;
  if (wrong || !is_title(1, "web:web #1") || !is_title(2, "batch:batch #2") || !is_title(3, "lost:lost #3")) return 1;
  if (web->life != LIFE_RUNNING || web->main != 8237 || web->shim != 8236 || web->stream[STREAM_STDOUT] != 11) return 2;
  if (web->notify.socket != 13 || web->notify.line != 14 || web->notify.messages.fd != 16 || strcmp(web->notify.file.path, "/run/legat/word") != 0) return 3;
  if (web->page.memory != 18 || web->page.go != 21 || !web->page.quiet || !web->page.drained) return 4;
  if (web->logger[STREAM_STDOUT] != 1 || !loggers_own(8250)) return 10;
  if (batch->life != LIFE_EMPTY || batch->status != 4 << 8 || batch->shim != 0) return 5;
  if (!lost->lost || lost->shim != 0 || lost->main != 8241) return 6;
  if (!sockets_report(7, &first) || !sockets_report(8, &second) || sockets_find(7) != 6 || second.port != 34041) return 7;
  if (!replacement_report(&outcome, &code) || outcome != REPLACED_ON_TRIAL || spawn_original_nofile() != 20000) return 8;
  size_t at = 0;
  struct text memo;
  return memos_next(&at, &memo) && memos_next(&at, &memo) && !memos_next(&at, &memo) ? 0 : 9;
}

/* What was read is written as it was. */
static int writes_the_same(const char *wrong) {
  static uint8_t again[ROOM];
  const int fd = wrong ? -1 : resume_write(STATE_LEAVE);
  if (fd == -1 || pread(fd, again, sizeof again, 0) != (ssize_t)length) return 1;
  again[FACTS] = fixture[FACTS];
  return memcmp(again, fixture, length) == 0 ? 0 : 1;
}

/* Calls `change` for each record with its place; the result is a state again. */
static size_t rewrite(uint8_t *out, size_t (*change)(uint8_t *record, size_t size)) {
  size_t used = 12;
  memcpy(out, fixture, used);
  for (size_t at = 12; at < length;) {
    const size_t size = 8 + (size_t)wire_u32(fixture + at + 4);
    memcpy(out + used, fixture + at, size);
    used += change(out + used, size);
    at += size;
  }
  return used;
}

static size_t lengthen(uint8_t *record, size_t size) {
  if (record[0] == STATE_MEMO || record[0] == STATE_END) return size;
  memset(record + size, 0xee, 3);
  wire_put_u32(record + 4, (uint32_t)(size - 8 + 3));
  return size + 3;
}

static uint16_t strange_tag;

/* Behind the first record one of a kind that nobody knows. */
static size_t add_strange(uint8_t *record, size_t size) {
  if (record[0] != STATE_SELF) return size;
  uint8_t *at = record + size;
  memset(at, 0, 10);
  at[0] = (uint8_t)strange_tag;
  at[1] = (uint8_t)(strange_tag >> 8);
  at[4] = 2;
  return size + 10;
}

static void check_other_versions(void) {
  static uint8_t other[2 * ROOM];
  size_t size = rewrite(other, lengthen);
  check("fields behind the known ones are not looked at", in_a_child(other, size, knows_everything) == 0);
  strange_tag = 0x7abc;
  size = rewrite(other, add_strange);
  check("a record of an unknown kind is skipped", in_a_child(other, size, knows_everything) == 0);
  strange_tag |= STATE_NEEDED;
  size = rewrite(other, add_strange);
  check("unless it is needed", in_a_child(other, size, is_good) == 1);
  memcpy(other, fixture, length);
  other[8] = STATE_VERSION + 1;
  check("another version is refused", in_a_child(other, length, is_good) == 1);
}

static void check_broken_ones(void) {
  static uint8_t broken[ROOM];
  bool refused = true, survived = true;
  for (size_t size = 0; size < length; size++) {
    const int fd = file_of(fixture, size);
    refused = refused && state_read_begin(fd) != NULL;
    state_read_end();
    close(fd);
  }
  check("a state that is cut anywhere is refused", refused);
  /* Whatever stands there, nothing is read or written beside it (the sanitizers tell). */
  for (size_t at = 0; at < length; at++) {
    memcpy(broken, fixture, length);
    broken[at] ^= at % 2 ? 0xff : 0x80;
    const int found = in_a_child(broken, length, is_good);
    survived = survived && (found == 0 || found == 1);
  }
  check("a byte that is wrong does no harm", survived);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  char *command[] = {"brain", NULL};
  brain_configure(command, &(struct rlimit){0});
  read_fixture(argv[1]);
  const int unknown = in_a_child(fixture, length, knows_everything);
  if (unknown) printf("what is not known is of kind %d\n", unknown);
  check("the state of version 1 is understood", unknown == 0);
  check("and written the same", in_a_child(fixture, length, writes_the_same) == 0);
  check_other_versions();
  check_broken_ones();
  printf("state: %d passed, %d failed\n", passed, failed);
  return failed != 0;
}
