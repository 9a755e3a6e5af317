#define _GNU_SOURCE
#include "logger_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "cut.h"
#include "logger_voice.h"

enum { PIECE = 64 * 1024, CAPACITY_MAX = 1 << 20, LOOK_MAX = CAPACITY_MAX };
/* By how much all pipes together are made larger: what does not fit into the processor's caches is not moved more quickly. */
enum { EXTRA_MAX = 4 << 20 };
/* Between two looks at a chatty stream, one and a half times that at most: too short for a person to see. */
enum { PERIOD_US = 20000 };

struct stream {
  uint32_t generation, stream, log;
  bool used, waiting, paced;
  bool capped; /* its pipe cannot be made larger */
  bool answers, flushes;
  int fd;
  uint32_t capacity, extra;
  uint32_t answer_id, epoch, flush_id;
  uint64_t looked_us, due_us;
};

enum outcome { MOVED_ALL, MOVED_SOME, MOVED_ENDED, MOVED_FULL };

static struct stream *table;
static uint32_t end, count, paced, waiting, extra;
static uint8_t *buffer;
static int poller, scratch[2] = {-1, -1};

static void *reserve(size_t size) {
  void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return room == MAP_FAILED ? NULL : room;
}

bool logger_streams_open(int epoll) {
  poller = epoll;
  table = reserve(sizeof *table * LOGGER_STREAMS_MAX);
  buffer = reserve(PIECE);
  return table && buffer && pipe2(scratch, O_CLOEXEC | O_NONBLOCK) == 0;
}

static struct stream *find(uint32_t generation, uint32_t stream) {
  for (uint32_t i = 0; i < end; i++)
    if (table[i].used && table[i].generation == generation && table[i].stream == stream) return &table[i];
  return NULL;
}

static struct stream *add(void) {
  uint32_t index = 0;
  while (index < end && table[index].used) index++;
  if (index == LOGGER_STREAMS_MAX) return NULL;
  if (index == end) end++;
  return &table[index];
}

/* read(2) that is repeated when interrupted. */
static ssize_t read_some(int fd, size_t most) {
  ssize_t length;
  do length = read(fd, buffer, most);
  while (length == -1 && errno == EINTR);
  return length;
}

/* What is in the pipe comes into the buffer and stays in the pipe. As read(2); EINVAL where there is no tee(2). */
static ssize_t peek(int fd) {
  ssize_t copied;
  do copied = tee(fd, scratch[1], PIECE, SPLICE_F_NONBLOCK);
  while (copied == -1 && errno == EINTR);
  return copied <= 0 ? copied : read_some(scratch[0], (size_t)copied);
}

/* Takes what was peeked at, which is still there: nobody else reads. False: it is not. */
static bool consume(int fd, size_t length) {
  for (size_t at = 0; at < length;) {
    ssize_t taken;
    do taken = read(fd, buffer + at, length - at);
    while (taken == -1 && errno == EINTR);
    if (taken <= 0) return false;
    at += (size_t)taken;
  }
  return true;
}

static enum outcome nothing(ssize_t length) { return length == -1 && errno == EAGAIN ? MOVED_ALL : MOVED_ENDED; }

/* Where the file may become full: what is written is known before it is taken from the pipe. */
static enum outcome move_to_the_limit(struct stream *stream, struct logger_log *log, uint64_t size, size_t *moved) {
  static bool cannot_peek;
  ssize_t length = cannot_peek ? -1 : peek(stream->fd);
  if (length == 0 || (length == -1 && !cannot_peek && errno == EAGAIN)) return nothing(length);
  struct cut cut = {0, false};
  if (length > 0) {
    cut = cut_next(buffer, (size_t)length, size, logger_log_at_line_start(log, size), log->limit);
    if (!consume(stream->fd, cut.end)) return MOVED_ENDED;
  } else {
    /* Without tee(2) the file ends where the room does. */
    cannot_peek = true;
    const uint64_t room = log->limit > size ? log->limit - size : 0;
    length = room ? read_some(stream->fd, room < PIECE ? (size_t)room : PIECE) : 0;
    if (room && length <= 0) return nothing(length);
    cut = (struct cut){(size_t)length, (uint64_t)length >= room};
  }
  logger_log_write(log, buffer, cut.end);
  *moved += cut.end;
  if (!cut.full) return MOVED_SOME;
  logger_log_fill(log);
  return MOVED_FULL;
}

static enum outcome move_piece(struct stream *stream, struct logger_log *log, size_t *moved) {
  if (log->full) return MOVED_FULL;
  const uint64_t size = log->limit ? logger_log_size(log) : 0;
  if (log->limit && size + PIECE >= log->limit) return move_to_the_limit(stream, log, size, moved);
  ssize_t length = read_some(stream->fd, PIECE);
  if (length <= 0) return nothing(length);
  logger_log_write(log, buffer, (size_t)length);
  *moved += (size_t)length;
  /* A short read has emptied the pipe. */
  return length < PIECE ? MOVED_ALL : MOVED_SOME;
}

static enum outcome move(struct stream *stream, size_t *moved) {
  enum outcome outcome = MOVED_SOME;
  while (outcome == MOVED_SOME && *moved < LOOK_MAX) outcome = move_piece(stream, logger_logs_at(stream->log), moved);
  return outcome;
}

static void answer(uint32_t order, uint32_t id, uint32_t epoch, const struct stream *stream, int error) {
  logger_say(&(struct logger_word){.kind = LOGGER_RESULT, .order = order, .id = id, .epoch = epoch, .generation = stream->generation,
                                   .stream = stream->stream, .error = error});
}

static void tell_flushed(uint32_t generation, uint32_t id) {
  for (uint32_t i = 0; i < end; i++)
    if (table[i].used && table[i].flushes && table[i].generation == generation && table[i].flush_id == id) return;
  logger_say(&(struct logger_word){.kind = LOGGER_FLUSHED, .id = id, .generation = generation});
}

/* All that was in the pipe when somebody asked is in the log. */
static void settle(struct stream *stream) {
  if (stream->answers) answer(LOGGER_POUR, stream->answer_id, stream->epoch, stream, 0);
  stream->answers = false;
  if (!stream->flushes) return;
  stream->flushes = false;
  tell_flushed(stream->generation, stream->flush_id);
}

static void unpace(struct stream *stream) {
  if (stream->paced) paced--;
  stream->paced = false;
}

static void unwait(struct stream *stream) {
  if (stream->waiting) waiting--;
  stream->waiting = false;
}

static void remove_stream(struct stream *stream) {
  unpace(stream);
  unwait(stream);
  epoll_ctl(poller, EPOLL_CTL_DEL, stream->fd, NULL); /* explicitly: init holds the same open file */
  close(stream->fd);
  logger_log_leave(logger_logs_at(stream->log));
  extra -= stream->extra;
  stream->used = false;
  count--;
  while (end && !table[end - 1].used) end--;
}

static bool control(int operation, const struct stream *stream) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = (uint64_t)(stream - table) + 1};
  return epoll_ctl(poller, operation, stream->fd, &event) == 0;
}

static void pace(struct stream *stream, uint64_t now, uint64_t wait) {
  if (!stream->paced) paced++;
  stream->paced = true;
  stream->due_us = now + wait;
}

/* All who can wait are looked at together: waking up costs more than a look. */
static uint64_t until_the_next(uint64_t now) { return ((now + PERIOD_US / 2) / PERIOD_US + 1) * PERIOD_US - now; }

/* Watched for its next byte; where that cannot be had it is looked at like a chatty one. */
static void arm(struct stream *stream, uint64_t now) {
  unpace(stream);
  if (!control(EPOLL_CTL_MOD, stream)) pace(stream, now, until_the_next(now));
}

/* A pipe that fills more quickly than it need be looked at is made larger: each look costs more than the moving of 64 KiB. */
static void enlarge(struct stream *stream) {
  if (stream->capped || stream->capacity >= CAPACITY_MAX) return;
  const uint32_t wanted = stream->capacity * 4 < CAPACITY_MAX ? stream->capacity * 4 : CAPACITY_MAX;
  if (extra + wanted - stream->capacity > EXTRA_MAX) return;
  int made = fcntl(stream->fd, F_SETPIPE_SZ, wanted);
  stream->capped = made < (int)wanted; /* EPERM: the user has too much in pipes */
  if (made <= 0) return;
  const uint32_t more = (uint32_t)made - stream->capacity;
  extra += more;
  stream->extra += more;
  stream->capacity = (uint32_t)made;
}

/* The next look comes when the pipe is half full, as far as the last one tells. */
static void pace_by(struct stream *stream, uint64_t now, uint64_t since, size_t moved) {
  uint64_t wait = since * (stream->capacity / 2) / moved;
  if (wait < PERIOD_US && moved >= stream->capacity / 2) enlarge(stream);
  pace(stream, now, wait < PERIOD_US ? wait : until_the_next(now));
}

static void look(struct stream *stream) {
  size_t moved = 0;
  const enum outcome outcome = move(stream, &moved);
  const uint64_t now = now_us(), since = now - stream->looked_us;
  stream->looked_us = now;
  switch (outcome) {
    case MOVED_ENDED:
      settle(stream);
      remove_stream(stream);
      return;
    case MOVED_FULL:
      unpace(stream);
      if (!stream->waiting) waiting++;
      stream->waiting = true;
      return;
    case MOVED_SOME: /* more than a pipe holds: what there was when somebody asked is in the log */
      settle(stream);
      enlarge(stream);
      pace(stream, now, 0);
      return;
    case MOVED_ALL:
      settle(stream);
      if (moved && (stream->paced || since < PERIOD_US || moved >= stream->capacity / 4))
        pace_by(stream, now, since, moved);
      else
        arm(stream, now);
      return;
  }
}

int logger_streams_pour(const struct logger_order *order, int fd, struct logger_log *log) {
  struct stream *stream = find(order->generation, order->stream);
  if (stream) remove_stream(stream);
  stream = add();
  int capacity = fcntl(fd, F_GETPIPE_SZ);
  if (!stream) {
    close(fd);
    return ENFILE;
  }
  *stream = (struct stream){.generation = order->generation, .stream = order->stream, .log = logger_logs_index(log), .used = true, .answers = true,
                            .fd = fd, .capacity = capacity > 0 ? (uint32_t)capacity : PIECE, .answer_id = order->id, .epoch = order->epoch};
  log->streams++;
  count++;
  struct epoll_event event = {.events = EPOLLONESHOT, .data.u64 = (uint64_t)(stream - table) + 1};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == -1) {
    const int error = errno;
    remove_stream(stream);
    return error;
  }
  look(stream);
  return 0;
}

void logger_streams_return(uint32_t generation, uint32_t number) {
  struct stream *stream = find(generation, number);
  if (!stream) return;
  size_t moved = 0;
  move(stream, &moved);
  settle(stream);
  remove_stream(stream);
}

void logger_streams_flush(const struct logger_order *order) {
  for (uint32_t i = 0; i < end; i++) {
    if (!table[i].used || table[i].generation != order->generation) continue;
    table[i].flushes = true;
    table[i].flush_id = order->id;
  }
  bool any = false;
  for (uint32_t i = 0; i < end; i++) {
    if (!table[i].used || !table[i].flushes || table[i].generation != order->generation) continue;
    any = true;
    look(&table[i]);
  }
  if (!any) tell_flushed(order->generation, order->id);
}

void logger_streams_wake(uint32_t index) {
  if (index < end && table[index].used && !table[index].paced && !table[index].waiting) look(&table[index]);
}

void logger_streams_resume(void) {
  for (uint32_t i = 0; waiting && i < end; i++) {
    if (!table[i].used || !table[i].waiting || logger_logs_at(table[i].log)->full) continue;
    unwait(&table[i]);
    look(&table[i]);
  }
}

uint64_t logger_streams_look(uint64_t now) {
  /* Looks that are due within this are done together. */
  enum { TOGETHER_US = 500 };
  uint64_t first = UINT64_MAX;
  for (uint32_t i = 0; paced && i < end; i++)
    if (table[i].used && table[i].paced && table[i].due_us <= now + TOGETHER_US) look(&table[i]);
  for (uint32_t i = 0; paced && i < end; i++)
    if (table[i].used && table[i].paced && table[i].due_us < first) first = table[i].due_us;
  return first;
}

bool logger_streams_any(void) { return count > 0; }
