#define _GNU_SOURCE
#include "watch.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"

static int instance = -1;

bool watch_open(void) {
  if (instance != -1) close(instance);
  instance = epoll_create1(EPOLL_CLOEXEC);
  return instance != -1;
}

static bool control(int operation, int fd, uint32_t events, enum watch_kind kind, uint32_t index, uint8_t stream) {
  struct epoll_event event = {.events = events, .data.u64 = (uint64_t)index << 16 | (uint64_t)stream << 8 | (uint64_t)kind};
  return epoll_ctl(instance, operation, fd, &event) == 0;
}

bool watch_add(int fd, enum watch_kind kind, uint32_t index) { return control(EPOLL_CTL_ADD, fd, EPOLLIN, kind, index, 0); }

bool watch_change(int fd, enum watch_kind kind, bool writable) {
  return control(EPOLL_CTL_MOD, fd, writable ? EPOLLIN | EPOLLOUT : EPOLLIN, kind, 0, 0);
}

bool watch_once(int fd, uint32_t index, uint8_t stream) {
  const uint32_t events = EPOLLIN | EPOLLONESHOT;
  if (control(EPOLL_CTL_MOD, fd, events, WATCH_STREAM, index, stream)) return true;
  return errno == ENOENT && control(EPOLL_CTL_ADD, fd, events, WATCH_STREAM, index, stream);
}

/* Explicitly, since closing is not enough while a forked child still holds a copy. */
void watch_remove(int fd) { epoll_ctl(instance, EPOLL_CTL_DEL, fd, NULL); }

int watch_wait(struct watch_event *events, uint64_t deadline) {
  struct epoll_event ready[WATCH_EVENTS];
  int count = epoll_wait(instance, ready, WATCH_EVENTS, wait_until(deadline));
  for (int i = 0; i < count; i++) {
    uint64_t label = ready[i].data.u64;
    events[i] = (struct watch_event){
        .kind = (uint8_t)label, .stream = (uint8_t)(label >> 8), .index = (uint32_t)(label >> 16), .readable = ready[i].events & EPOLLIN,
        .writable = ready[i].events & EPOLLOUT};
  }
  return count < 0 ? 0 : count; /* interrupted by a stop and continue: nothing is ready */
}
