#define _GNU_SOURCE
#include "logger_logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "logger_voice.h"

/* How often a brain hears that more is lost. */
enum { TELL_EVERY_MS = 1000 };
/* As much of a line may still go into the file in which it began. */
enum { FORMER_MAX = 64 * 1024 };

static struct logger_log *table;
static uint32_t end, full_logs;

bool logger_logs_open(void) {
  void *room = mmap(NULL, sizeof *table * LOGGER_LOGS_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  table = room;
  return true;
}

struct logger_log *logger_logs_find(uint32_t epoch, uint32_t key) {
  for (uint32_t i = 0; i < end; i++)
    if (table[i].used && table[i].key == key && table[i].epoch == epoch) return &table[i];
  return NULL;
}

struct logger_log *logger_logs_at(uint32_t index) { return &table[index]; }

uint32_t logger_logs_index(const struct logger_log *log) { return (uint32_t)(log - table); }

static struct logger_log *add(void) {
  uint32_t index = 0;
  while (index < end && table[index].used) index++;
  if (index == LOGGER_LOGS_MAX) return NULL;
  if (index == end) end++;
  return &table[index];
}

/* Opened anew: the logger has an offset and flags of its own. -1 with errno. */
static int open_file(const struct logger_order *order) {
  char path[64];
  struct stat stat;
  snprintf(path, sizeof path, "/proc/%d/fd/%d", order->brain, order->fd);
  const int flags = O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  int fd = open(path, O_RDWR | flags);
  if (fd == -1) fd = open(path, O_WRONLY | flags); /* one that may be written only */
  if (fd == -1) return -1;
  /* The number may stand for another file by now. */
  if (fstat(fd, &stat) == 0 && stat.st_dev == order->device && stat.st_ino == order->inode && S_ISREG(stat.st_mode)) return fd;
  close(fd);
  errno = ESTALE;
  return -1;
}

static void empty(struct logger_log *log) {
  if (!log->full) return;
  log->full = false;
  full_logs--;
}

static void leave_former(struct logger_log *log) {
  if (log->former != -1) close(log->former);
  log->former = -1;
}

/* Of one that has grown, nobody has looked where the lines end. */
static void leave_file(struct logger_log *log) {
  if (!log->grown || logger_log_at_line_start(log, logger_log_size(log))) {
    close(log->fd);
    return;
  }
  leave_former(log);
  log->former = log->fd;
  log->former_room = FORMER_MAX;
}

int logger_logs_give(const struct logger_order *order) {
  int fd = open_file(order);
  if (fd == -1) return errno;
  struct logger_log *log = logger_logs_find(order->epoch, order->log);
  if (log) {
    leave_file(log);
  } else if ((log = add())) {
    *log = (struct logger_log){.key = order->log, .epoch = order->epoch, .used = true, .former = -1};
  } else {
    close(fd);
    return ENFILE;
  }
  log->fd = fd;
  log->turn = order->turn;
  log->limit = order->limit;
  log->grown = false;
  empty(log);
  return 0;
}

static void drop(struct logger_log *log) {
  empty(log);
  leave_former(log);
  close(log->fd);
  *log = (struct logger_log){.used = false};
  while (end && !table[end - 1].used) end--;
}

void logger_log_close(struct logger_log *log) {
  log->closing = true;
  if (!log->streams) drop(log);
}

void logger_log_leave(struct logger_log *log) {
  log->streams--;
  if (log->closing && !log->streams) drop(log);
}

void logger_logs_outdate(uint32_t epoch) {
  for (uint32_t i = 0; i < end; i++)
    if (table[i].used && table[i].epoch != epoch) logger_log_close(&table[i]);
}

uint64_t logger_log_size(const struct logger_log *log) {
  struct stat stat;
  return fstat(log->fd, &stat) == 0 ? (uint64_t)stat.st_size : 0;
}

bool logger_log_at_line_start(const struct logger_log *log, uint64_t size) {
  uint8_t last;
  return size == 0 || pread(log->fd, &last, 1, (off_t)size - 1) != 1 || last == '\n';
}

static void tell(uint32_t kind, const struct logger_log *log, int error, uint64_t count) {
  logger_say(&(struct logger_word){.kind = kind, .log = log->key, .turn = log->turn, .epoch = log->epoch, .error = error, .count = count});
}

static void lose(struct logger_log *log, int error, size_t count) {
  const uint64_t now = now_ms();
  log->lost += count;
  if (log->error && now < log->told_at + TELL_EVERY_MS) return;
  log->error = error;
  log->told_at = now;
  tell(LOGGER_TROUBLE, log, error, log->lost);
}

static void recover(struct logger_log *log) {
  tell(LOGGER_TROUBLE, log, 0, log->lost);
  log->error = 0;
  log->lost = 0;
}

/* How much could be written; of less than `count` errno says why. */
static size_t write_all(int fd, const uint8_t *bytes, size_t count) {
  size_t at = 0;
  while (at < count) {
    ssize_t written = write(fd, bytes + at, count - at);
    if (written == -1 && errno == EINTR) continue;
    if (written == 0) errno = EIO;
    if (written <= 0) break;
    at += (size_t)written;
  }
  return at;
}

/* How many of the bytes went into the former file: what is left of its last line. */
static size_t end_former(struct logger_log *log, const uint8_t *bytes, size_t count) {
  const uint8_t *newline = memchr(bytes, '\n', count);
  const size_t rest = newline ? (size_t)(newline - bytes) + 1 : count;
  const size_t written = rest <= log->former_room ? write_all(log->former, bytes, rest) : 0;
  log->former_room -= written;
  if (newline || written < rest) leave_former(log);
  return written;
}

void logger_log_write(struct logger_log *log, const uint8_t *bytes, size_t count) {
  const size_t ended = log->former == -1 ? 0 : end_former(log, bytes, count);
  bytes += ended;
  count -= ended;
  if (!count) return;
  const size_t written = write_all(log->fd, bytes, count);
  if (written < count)
    lose(log, errno, count - written);
  else if (log->error)
    recover(log);
}

void logger_log_fill(struct logger_log *log) {
  log->full = true;
  log->full_since = now_ms();
  full_logs++;
  tell(LOGGER_FULL, log, 0, 0);
}

void logger_logs_grow(uint64_t now) {
  for (uint32_t i = 0; full_logs && i < end; i++) {
    if (!table[i].used || !table[i].full || table[i].full_since + LOGGER_PATIENCE_MS > now) continue;
    empty(&table[i]);
    table[i].limit = 0;
    table[i].grown = true;
  }
}

uint64_t logger_logs_patience(void) {
  uint64_t first = NEVER;
  for (uint32_t i = 0; full_logs && i < end; i++) {
    const uint64_t until = table[i].full_since + LOGGER_PATIENCE_MS;
    if (table[i].used && table[i].full && until < first) first = until;
  }
  return first;
}
