#define _GNU_SOURCE
#include "loggers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "brain.h"
#include "link.h"
#include "memos.h"
#include "parting.h"
#include "watch.h"

static struct {
  pid_t pid; /* 0: there is none */
  int channel;
} table[LOGGERS_MAX];

/* In the logger: what only init needs. */
static void forget(void) {
  link_forget();
  generations_forget();
  memos_forget();
}

static int start(uint8_t logger) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) return errno;
  pid_t pid = -1;
  const bool watched = watch_add(pair[0], WATCH_LOGGER, logger);
  if (watched) pid = fork();
  if (pid == 0) {
    forget();
    logger_run(pair[1]);
  }
  const int error = errno;
  close(pair[1]);
  if (pid == -1) {
    if (watched) watch_remove(pair[0]);
    close(pair[0]);
    return error;
  }
  table[logger].pid = pid;
  table[logger].channel = pair[0];
  return 0;
}

static void close_channel(uint8_t logger) {
  if (!table[logger].pid || table[logger].channel == -1) return;
  watch_remove(table[logger].channel);
  close(table[logger].channel);
  table[logger].channel = -1;
}

int loggers_tell(uint8_t logger, const struct logger_order *order, int fd) {
  const int error = table[logger].pid ? 0 : order->kind == LOGGER_LOG ? start(logger) : ESRCH;
  if (error) return error;
  if (table[logger].channel == -1) return ESRCH;
  union {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {.room = {0}};
  struct iovec whole = {(void *)order, sizeof *order};
  struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1};
  if (fd != -1) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
  }
  if (sendmsg(table[logger].channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof *order) return 0;
  return errno == EAGAIN ? EAGAIN : ESRCH;
}

int loggers_pour(struct generation *generation, uint8_t stream, uint8_t logger, struct logger_order *order) {
  const int fd = generation->stream[stream];
  const uint8_t former = generation->logger[stream];
  /* Two must never read one pipe. */
  if (former && former != logger + 1) return EBUSY;
  const int flags = fcntl(fd, F_GETFL);
  if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1) return errno;
  const int error = loggers_tell(logger, order, fd);
  if (error) return error;
  if (generation->watched[stream]) watch_remove(fd);
  generation->watched[stream] = false;
  generation->logger[stream] = (uint8_t)(logger + 1);
  return 0;
}

int loggers_return(struct generation *generation, uint8_t stream, uint32_t id) {
  const struct logger_order order = {.kind = LOGGER_RETURN, .id = id, .epoch = brain_epoch(), .generation = generation->key, .stream = stream};
  if (!generation->logger[stream]) return ENOENT;
  return loggers_tell((uint8_t)(generation->logger[stream] - 1), &order, -1);
}

static void take_result(const struct logger_word *word) {
  uint8_t out[WIRE_REPORT_MAX];
  struct generation *generation = generations_find(word->generation);
  const bool is_free = word->order == LOGGER_RETURN || (word->order == LOGGER_POUR && word->error);
  if (generation && is_free && word->stream < STREAM_COUNT) generation->logger[word->stream] = 0;
  if (word->id && word->epoch == brain_epoch()) brain_tell(out, wire_result(out, word->id, word->error, 0));
}

static void take_word(const struct logger_word *word) {
  uint8_t out[WIRE_REPORT_MAX];
  struct generation *generation;
  switch ((enum logger_word_kind)word->kind) {
    case LOGGER_RESULT: take_result(word); return;
    case LOGGER_FULL:
      if (word->epoch == brain_epoch()) brain_tell(out, wire_log_full(out, word->log, word->turn));
      return;
    case LOGGER_TROUBLE:
      if (word->epoch == brain_epoch()) brain_tell(out, wire_log_trouble(out, word->log, word->error, word->count));
      return;
    case LOGGER_FLUSHED:
      generation = generations_find(word->generation);
      if (generation) parting_flushed(generation, word->id);
      return;
  }
}

void loggers_hear(uint32_t logger) {
  while (logger < LOGGERS_MAX && table[logger].pid && table[logger].channel != -1) {
    struct logger_word word;
    ssize_t length = recv(table[logger].channel, &word, sizeof word, MSG_DONTWAIT);
    if (length == sizeof word)
      take_word(&word);
    else if (length == -1 && errno == EAGAIN)
      return;
    else if (length != -1 || (errno != EINTR && errno != ECONNRESET)) /* one that ended with a word unread: as of a shim (spawn.c) */
      close_channel((uint8_t)logger); /* it has ended; the reaper sees to the rest */
  }
}

bool loggers_own(pid_t pid) {
  for (uint8_t i = 0; i < LOGGERS_MAX; i++)
    if (table[i].pid && table[i].pid == pid) return true;
  return false;
}

bool loggers_reaped(pid_t pid) {
  uint8_t out[WIRE_REPORT_MAX];
  for (uint8_t i = 0; i < LOGGERS_MAX; i++) {
    if (!table[i].pid || table[i].pid != pid) continue;
    loggers_hear(i); /* its last words are still in the channel */
    close_channel(i);
    table[i].pid = 0;
    for (uint32_t index = 0; index < generations_end(); index++) {
      struct generation *generation = generations_at(index);
      if (!generation) continue;
      for (int stream = 0; stream < STREAM_COUNT; stream++)
        if (generation->logger[stream] == i + 1) generation->logger[stream] = 0;
      parting_unheld(generation);
    }
    brain_tell(out, wire_logger_lost(out, i));
    return true;
  }
  return false;
}

void loggers_dismiss(void) {
  for (uint8_t i = 0; i < LOGGERS_MAX; i++) close_channel(i);
}

/* Of the structs that a logger and init exchange: it goes on with what it was forked with. */
enum { LOGGER_LAYOUT = 1 };

_Static_assert(sizeof(struct logger_order) == 64 && sizeof(struct logger_word) == 48, "the layout has changed: see logger.h");

void loggers_save(void) {
  for (uint8_t i = 0; i < LOGGERS_MAX; i++) {
    if (!table[i].pid) continue;
    state_begin(STATE_LOGGER);
    state_put(i, 1);
    state_put(LOGGER_LAYOUT, 1);
    state_put((uint32_t)table[i].pid, 4);
    state_put_fd(table[i].channel);
    state_end();
  }
}

bool logger_load(struct state_record *record) {
  const uint8_t index = (uint8_t)state_take(record, 1);
  if (index >= LOGGERS_MAX || state_take(record, 1) != LOGGER_LAYOUT) return false;
  table[index].pid = (pid_t)state_take(record, 4);
  table[index].channel = state_take_fd(record);
  return table[index].pid > 0;
}

bool loggers_rearm(void) {
  for (uint8_t i = 0; i < LOGGERS_MAX; i++)
    if (table[i].pid && table[i].channel != -1 && !watch_add(table[i].channel, WATCH_LOGGER, i)) return false;
  return true;
}
