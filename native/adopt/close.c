// Descriptors that end or multiply, by whatever call: the books follow.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "accept.h"
#include "count.h"
#include "held.h"
#include "real.h"
#include "swap.h"
#include "table.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// fd is a copy of `from`: a listener and a connection stay what they are, legato-init's own numbers are not handed on.
static void note_copy(int fd, uint16_t from) {
  table_set(fd, from & (uint16_t)~fd_protected);
  if (from & fd_accepted) count_opened();
}

// What stood at fd is gone.
static void note_gone(uint16_t entry) {
  if (entry & fd_accepted) count_closed();
}

EXPORT int close(int fd) {
  uint16_t entry = adopt_active ? table_get(fd) : 0;
  if (entry == 0) return REAL(close)(fd);
  if (entry & fd_protected) return 0;
  if (!count_mine()) return REAL(close)(fd);
  if (entry & fd_listener) swap_leave(fd);
  // Forgotten before it is closed (the number may be given out again at once), uncounted when it is.
  table_set(fd, 0);
  int result = (int)KERNEL(SYS_close, fd);
  int saved = errno;
  note_gone(entry);
  errno = saved;
  return result;
}

EXPORT int fclose(FILE *file) {
  int fd = adopt_active ? fileno(file) : -1;
  uint16_t entry = fd < 0 ? 0 : table_get(fd);
  if (entry == 0 || entry & fd_protected || !count_mine()) return REAL(fclose)(file);
  table_set(fd, 0);
  int result = REAL(fclose)(file);
  int saved = errno;
  note_gone(entry);
  errno = saved;
  return result;
}

static int close_between(unsigned first, unsigned last, int flags) {
  if (first > last) return 0;
  if (KERNEL(SYS_close_range, first, last, flags) == 0) return 0;
  if (errno != ENOSYS) return -1;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && last >= limit.rlim_cur) last = (unsigned)limit.rlim_cur - 1;
  for (unsigned fd = first; fd <= last; fd++) {
    if (flags & (int)CLOSE_RANGE_CLOEXEC)
      KERNEL(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
    else
      KERNEL(SYS_close, fd);
  }
  return 0;
}

static int close_all(unsigned first, unsigned last, int flags) {
  bool mine = count_mine();
  unsigned start = first;
  for (int fd = table_next(first, last); fd >= 0; fd = table_next((unsigned)fd + 1, last)) {
    uint16_t entry = table_get(fd);
    if (entry & fd_protected) {
      if ((unsigned)fd > start && close_between(start, (unsigned)fd - 1, flags) != 0) return -1;
      start = (unsigned)fd + 1;
    } else if (mine && !(flags & (int)CLOSE_RANGE_CLOEXEC)) {
      close(fd);
    }
  }
  return close_between(start, last, flags);
}

EXPORT int close_range(unsigned first, unsigned last, int flags);
EXPORT int close_range(unsigned first, unsigned last, int flags) {
  if (adopt_active && first <= last) return close_all(first, last, flags);
  return (int)KERNEL(SYS_close_range, first, last, flags);
}

EXPORT void closefrom(int first);
EXPORT void closefrom(int first) { close_all(first < 0 ? 0 : (unsigned)first, ~0U, 0); }

EXPORT int dup(int old) {
  int fd = (int)KERNEL(SYS_dup, old);
  uint16_t entry = adopt_active && fd >= 0 ? table_get(old) : 0;
  if (entry != 0 && count_mine()) note_copy(fd, entry);
  return fd;
}

EXPORT int dup3(int old, int new, int flags) {
  uint16_t entry = adopt_active ? table_get(old) : 0;
  uint16_t over = adopt_active ? table_get(new) : 0;
  bool taken = over & fd_listener && !(over & fd_protected) && old != new && KERNEL(SYS_fcntl, old, F_GETFD) >= 0;
  if (taken && count_mine()) swap_leave(new);
  int fd = (int)KERNEL(SYS_dup3, old, new, flags);
  if (fd < 0 || (entry == 0 && over == 0) || !count_mine()) return fd;
  // A program may take a number of legato-init's for itself (a shell's `exec 3>file`): the socket is then lost to it.
  if (over & fd_protected && over & fd_listener) held_at(table_index(over))->fd = -1;
  table_set(new, 0);
  if (entry != 0) note_copy(new, entry);
  note_gone(over);
  return fd;
}

EXPORT int dup2(int old, int new) {
  if (old == new) return KERNEL(SYS_fcntl, old, F_GETFD) < 0 ? -1 : new;
  return dup3(old, new, 0);
}

EXPORT pid_t fork(void) {
  struct adopt_slot *given = adopt_active ? count_before_fork() : NULL;
  pid_t pid = REAL(fork)();
  if (!adopt_active) return pid;
  int saved = errno;
  if (pid == 0) {
    count_in_child(given);
    accept_after_fork();
    swap_after_fork();
  } else {
    count_in_parent(given, pid);
  }
  errno = saved;
  return pid;
}

// A connection may also come from a process that has accepted it: node:cluster, uwsgi, a privileged parent.
EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  ssize_t got = REAL(recvmsg)(fd, message, flags);
  if (!adopt_active || got < 0 || message->msg_controllen == 0) return got;
  int saved = errno;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const int *fds = (const void *)CMSG_DATA(part);
    for (size_t i = 0; i < (part->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
      if (!held_connection(fds[i])) continue;
      if (!(table_mark(fds[i], fd_accepted) & fd_accepted)) count_moved();
    }
  }
  errno = saved;
  return got;
}

// libuv closes by syscall(SYS_close), CPython ranges by syscall(SYS_close_range).
// Six longs are read whatever was passed, as the C library's own syscall() does.
EXPORT long syscall(long number, ...) {
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (adopt_active) {
    if (number == SYS_close) return close((int)a[0]);
    if (number == SYS_close_range) return close_range((unsigned)a[0], (unsigned)a[1], (int)a[2]);
#ifdef SYS_accept
    if (number == SYS_accept) return accept((int)a[0], (struct sockaddr *)a[1], (socklen_t *)a[2]);
#endif
    if (number == SYS_accept4) return accept4((int)a[0], (struct sockaddr *)a[1], (socklen_t *)a[2], (int)a[3]);
  }
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
