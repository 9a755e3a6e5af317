// A server that is told by poll() or select() that a connection is there accepts it at once, on a listener that it may have left
// blocking. In a quiet generation that accept() would never end, and keep the server from what else its loop looks at: the flag that its
// stop signal has set. So what was announced is remembered, and accept() says once that it is gone (accept.c). Of epoll
// nothing is: who uses that does not block.
#include <poll.h>
#include <stddef.h>
#include <sys/select.h>

#include "real.h"
#include "table.h"

static void announce(int fd) {
  if (table_get(fd) & fd_listener) table_mark(fd, fd_announced);
}

static int polled(const struct pollfd *fds, nfds_t count, int ready) {
  if (adopt_active && ready > 0)
    for (nfds_t i = 0; i < count; i++)
      if (fds[i].revents & POLLIN) announce(fds[i].fd);
  return ready;
}

// Not FD_ISSET: a set may be longer than fd_set is (select(2)).
static int selected(int count, const fd_set *set, int ready) {
  const unsigned long *words = (const void *)set;
  const int bits = 8 * (int)sizeof *words;
  if (adopt_active && ready > 0 && set != NULL)
    for (int fd = 0; fd < count; fd++)
      if (words[fd / bits] >> fd % bits & 1) announce(fd);
  return ready;
}

EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout) { return polled(fds, count, REAL(poll)(fds, count, timeout)); }

EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *signals) {
  return polled(fds, count, REAL(ppoll)(fds, count, timeout, signals));
}

EXPORT int select(int count, fd_set *restrict read, fd_set *restrict write, fd_set *restrict except, struct timeval *restrict timeout) {
  return selected(count, read, REAL(select)(count, read, write, except, timeout));
}

EXPORT int pselect(int count, fd_set *restrict read, fd_set *restrict write, fd_set *restrict except, const struct timespec *restrict timeout,
                   const sigset_t *restrict signals) {
  return selected(count, read, REAL(pselect)(count, read, write, except, timeout, signals));
}

#ifdef __GLIBC__
// What poll() and ppoll() are with _FORTIFY_SOURCE.
EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room) {
  return polled(fds, count, REAL(__poll_chk)(fds, count, timeout, room));
}

EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *signals, size_t room);
EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *signals, size_t room) {
  return polled(fds, count, REAL(__ppoll_chk)(fds, count, timeout, signals, room));
}
#endif
