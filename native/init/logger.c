#define _GNU_SOURCE
#include "logger.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "complain.h"
#include "descriptors.h"
#include "logger_logs.h"
#include "logger_streams.h"
#include "logger_voice.h"
#include "title.h"

enum { EXIT_CANNOT_BEGIN = 70, EVENTS = 64 };

static int channel;
static uint32_t epoch;

void logger_say(const struct logger_word *word) {
  if (channel == -1) return;
  ssize_t sent;
  do sent = send(channel, word, sizeof *word, MSG_NOSIGNAL);
  while (sent == -1 && errno == EINTR); /* init gone: seen by the loop */
}

static void answer(const struct logger_order *order, int error) {
  logger_say(&(struct logger_word){.kind = LOGGER_RESULT, .order = order->kind, .id = order->id, .epoch = order->epoch,
                                   .generation = order->generation, .stream = order->stream, .log = order->log, .error = error});
}

static void pour(const struct logger_order *order, int fd) {
  struct logger_log *log = logger_logs_find(order->epoch, order->log);
  int error = fd == -1 ? EBADF : log ? 0 : ENOENT;
  if (error && fd != -1) close(fd);
  if (!error) error = logger_streams_pour(order, fd, log);
  if (error) answer(order, error);
}

static void obey(const struct logger_order *order, int fd) {
  struct logger_log *log;
  if (fd != -1 && order->kind != LOGGER_POUR) close(fd);
  if (order->epoch != epoch) logger_logs_outdate(epoch = order->epoch);
  switch ((enum logger_order_kind)order->kind) {
    case LOGGER_LOG:
      answer(order, logger_logs_give(order));
      logger_streams_resume();
      return;
    case LOGGER_CLOSE_LOG:
      log = logger_logs_find(order->epoch, order->log);
      if (log) logger_log_close(log);
      return;
    case LOGGER_POUR: pour(order, fd); return;
    case LOGGER_RETURN:
      logger_streams_return(order->generation, order->stream);
      answer(order, 0);
      return;
    case LOGGER_FLUSH: logger_streams_flush(order); return;
  }
}

static void close_channel(void) {
  close(channel);
  channel = -1;
}

/* The descriptor that came with a message, or -1. */
static int descriptor_of(struct msghdr *message) {
  int fd = -1;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part))
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS && part->cmsg_len == CMSG_LEN(sizeof fd)) memcpy(&fd, CMSG_DATA(part), sizeof fd);
  return fd;
}

static void hear(void) {
  while (channel != -1) {
    struct logger_order order;
    union {
      struct cmsghdr head;
      char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec whole = {&order, sizeof order};
    struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length == -1 && errno == EINTR) continue;
    if (length == -1 && errno == EAGAIN) return;
    if (length == sizeof order)
      obey(&order, descriptor_of(&message));
    else
      close_channel(); /* init has ended, or needs no logger any more: what is still written goes into the logs */
  }
}

/* Waits for a descriptor or an instant, in microseconds; ~0: none. */
static void wait_for(int poller, uint64_t until_us, uint64_t until_ms) {
  struct pollfd polled = {poller, POLLIN, 0};
  if (until_ms != NEVER && until_ms * 1000 < until_us) until_us = until_ms * 1000;
  const uint64_t now = now_us(), wait = until_us > now ? until_us - now : 0;
  const struct timespec left = {(time_t)(wait / 1000000), (long)(wait % 1000000 * 1000)};
  ppoll(&polled, 1, until_us == UINT64_MAX ? NULL : &left, NULL); /* interrupted or short of memory: nothing is ready */
}

static void take_events(int poller) {
  struct epoll_event ready[EVENTS];
  int count = epoll_wait(poller, ready, EVENTS, 0);
  for (int i = 0; i < count; i++) {
    if (ready[i].data.u64 == 0)
      hear();
    else
      logger_streams_wake((uint32_t)ready[i].data.u64 - 1);
  }
}

/* Every signal is blocked already, in init. */
_Noreturn void logger_run(int end) {
  static const char title[] = "logger";
  channel = end;
  descriptors_close_others((int[]){channel}, 1);
  setsid(); /* cannot fail: a forked child leads no group */
  int poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0};
  if (poller == -1 || epoll_ctl(poller, EPOLL_CTL_ADD, channel, &event) == -1 || !logger_logs_open() || !logger_streams_open(poller)) {
    complain("cannot begin to write logs: errno %d", errno);
    _exit(EXIT_CANNOT_BEGIN);
  }
  title_set(title, sizeof title - 1);
  prctl(PR_SET_NAME, "legato-logger"); /* fails for no argument of this kind */
  while (channel != -1 || logger_streams_any()) {
    logger_logs_grow(now_ms());
    logger_streams_resume();
    const uint64_t next = logger_streams_look(now_us());
    wait_for(poller, next, logger_logs_patience()); /* asked last: a look may have filled a log */
    take_events(poller);
  }
  _exit(0);
}
