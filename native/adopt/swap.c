// An epoll registration belongs to a number *and* an open file: one that is left behind when another file is put at the
// number would go on reporting and could never be deleted. The kernel lists the registrations in fdinfo, however they were
// made (libuv makes them through io_uring); each is deleted before the swap and made again, on the new file, after it.
#include "swap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "count.h"
#include "held.h"
#include "real.h"
#include "table.h"

enum { registrations_max = 64 };

struct registration {
  int epoll;
  struct epoll_event event;
};

struct entry {  // struct linux_dirent64: getdents64(2)
  uint64_t ino;
  int64_t off;
  uint16_t length;
  uint8_t type;
  char name[];
};

static void close_file(int fd) { KERNEL(SYS_close, fd); }

// Reads lines like `tfd: 5 events: 19 data: 5 pos:0 ino:1a2b sdev:8` (numbers but tfd and pos in hexadecimal). -1: they cannot be read.
static int registrations_in(int epoll, int fd, ino_t ino, struct registration *out, int room) {
  char path[64];
  char line[512];
  int found = 0;
  size_t kept = 0;
  snprintf(path, sizeof path, "/proc/thread-self/fdinfo/%d", epoll);
  int info = (int)KERNEL(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (info < 0) return errno == ENOENT ? 0 : -1;
  for (;;) {
    ssize_t got = KERNEL(SYS_read, info, line + kept, sizeof line - 1 - kept);
    if (got <= 0) break;
    line[kept += (size_t)got] = '\0';
    char *start = line;
    for (char *end; (end = strchr(start, '\n')) != NULL; start = end + 1) {
      int tfd;
      unsigned events;
      unsigned long long data;
      unsigned long inode;
      *end = '\0';
      if (sscanf(start, "tfd: %d events: %x data: %llx pos:%*i ino:%lx", &tfd, &events, &data, &inode) != 4) continue;
      if (tfd != fd || inode != ino || found == room) continue;
      out[found++] = (struct registration){.epoll = epoll, .event = {.events = events, .data.u64 = data}};
    }
    kept -= (size_t)(start - line);
    memmove(line, start, kept);
    if (kept == sizeof line - 1) kept = 0;
  }
  close_file(info);
  return found;
}

// -1: it cannot be told (no descriptor is left, there is no /proc, or no right to look).
static int registrations_of(int fd, ino_t ino, struct registration *out, int room) {
  _Alignas(struct entry) char buffer[2048];
  int found = 0;
  int directory = (int)KERNEL(SYS_openat, AT_FDCWD, "/proc/thread-self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return -1;
  for (long got; (got = KERNEL(SYS_getdents64, directory, buffer, sizeof buffer)) > 0;) {
    for (long at = 0; at < got;) {
      const struct entry *entry = (const void *)(buffer + at);
      char target[32] = {0};
      at += entry->length;
      if (readlinkat(directory, entry->name, target, sizeof target - 1) <= 0 || strcmp(target, "anon_inode:[eventpoll]") != 0) continue;
      int more = registrations_in(atoi(entry->name), fd, ino, out + found, room - found);
      if (more < 0) {
        close_file(directory);
        return -1;
      }
      found += more;
    }
  }
  close_file(directory);
  return found;
}

static void forget(int fd, const struct registration *list, int count) {
  for (int i = 0; i < count; i++) KERNEL(SYS_epoll_ctl, list[i].epoll, EPOLL_CTL_DEL, fd, NULL);
}

// Stands still where the registrations are not known, unless nothing that matters can be registered (blind).
static int put(int fd, int by, bool blind) {
  struct registration list[registrations_max];
  struct stat st;
  if (fstat(fd, &st) != 0) return -1;
  int cloexec = (int)KERNEL(SYS_fcntl, fd, F_GETFD);
  int count = registrations_of(fd, st.st_ino, list, registrations_max);
  if (count < 0 && !blind) return -1;
  forget(fd, list, count);
  int result = (int)KERNEL(SYS_dup3, by, fd, cloexec > 0 ? O_CLOEXEC : 0);
  int saved = errno;
  for (int i = 0; i < count; i++) {
    // Shared by two generations: an exclusive waiter of the silent one would swallow the other's wake-up.
    list[i].event.events &= ~(uint32_t)EPOLLEXCLUSIVE;
    KERNEL(SYS_epoll_ctl, list[i].epoll, EPOLL_CTL_ADD, fd, &list[i].event);
  }
  errno = saved;
  return result < 0 ? -1 : 0;
}

int swap_file(int fd, int by) { return put(fd, by, true); }

// Threads exchange a listener's file one after the other. Signals wait meanwhile, so that a handler finds nobody at work in its
// own thread; the pid tells a lock that a fork has copied.
static _Atomic pid_t at_work;

static void begin(sigset_t *before) {
  sigset_t every;
  pid_t mine = (pid_t)KERNEL(SYS_getpid);
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, before);
  for (pid_t other = 0; !atomic_compare_exchange_weak(&at_work, &other, mine);) {
    if (other == 0 || other == mine) {
      if (other == mine) sched_yield();
      other = 0;
    }
  }
}

static void finish(const sigset_t *before) {
  atomic_store(&at_work, 0);
  pthread_sigmask(SIG_SETMASK, before, NULL);
}

void swap_after_fork(void) { atomic_store(&at_work, 0); }

// A unix socket with a name the kernel chose: nobody knows it, so nobody comes.
static int inert_socket(void) {
  const struct sockaddr_un nameless = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (KERNEL(SYS_bind, fd, &nameless, sizeof(sa_family_t)) == 0 && KERNEL(SYS_listen, fd, 0) == 0) return fd;
  close_file(fd);
  return -1;
}

// A thread may have registered the held socket between our look and our swap.
static void purge(int fd, int index) {
  struct registration list[registrations_max];
  const struct held *held = held_at(index);
  int count = registrations_of(fd, held->ino, list, registrations_max);
  if (count <= 0 || held->fd < 0 || held->fd == fd) return;
  int inert = (int)KERNEL(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0);
  int cloexec = (int)KERNEL(SYS_fcntl, fd, F_GETFD) > 0 ? O_CLOEXEC : 0;
  if (inert < 0) return;
  KERNEL(SYS_dup3, held->fd, fd, cloexec);
  forget(fd, list, count);
  KERNEL(SYS_dup3, inert, fd, cloexec);
  for (int i = 0; i < count; i++) KERNEL(SYS_epoll_ctl, list[i].epoll, EPOLL_CTL_ADD, fd, &list[i].event);
  close_file(inert);
}

// The mark is there whenever the other file is, so that whoever sees the one without the other errs to no harm.
static bool is_held(int fd, int index) { return held_behind(fd) == index; }

// All files without an inode of their own share one, which no socket has: enough to tell a stand-in from what a program may have
// opened at a number that it closed past us.
static bool is_go(int fd) {
  struct stat st;
  struct stat go;
  return fstat(fd, &st) == 0 && fstat(count_go(), &go) == 0 && st.st_dev == go.st_dev && st.st_ino == go.st_ino;
}

static void hold(int fd) {
  uint16_t entry = table_get(fd);
  int index = table_index(entry);
  if (!(entry & fd_listener) || entry & fd_silent || count_gate() != adopt_held || held_at(index)->fd == fd) return;
  if (entry & fd_held) {
    purge(fd, index);
  } else if (held_is_there(index) && is_held(fd, index)) {
    table_mark(fd, fd_held);
    if (put(fd, count_go(), false) != 0) table_unmark(fd, fd_held);
  }
}

static void release(int fd) {
  uint16_t entry = table_get(fd);
  if (!(entry & fd_held)) return;
  if (is_go(fd)) put(fd, held_at(table_index(entry))->fd, true);
  table_unmark(fd, fd_held);
}

static void silence(int fd) {
  uint16_t entry = table_get(fd);
  int index = table_index(entry);
  if (!(entry & (fd_silent | fd_held)) && !is_held(fd, index)) return table_set(fd, 0);
  uint16_t before = table_mark(fd, fd_silent);
  if (before & fd_silent) return purge(fd, index);
  int inert = inert_socket();
  if (inert >= 0) {
    put(fd, inert, false);
    close_file(inert);
  }
  table_unmark(fd, fd_held);
}

// The kernel takes a registration back with the last descriptor of its file, and of a held socket we have one more. What is in
// an epoll set that this process got from another is the other's.
static void leave(int fd) {
  struct registration list[registrations_max];
  struct stat st;
  int count = fstat(fd, &st) == 0 ? registrations_of(fd, st.st_ino, list, registrations_max) : 0;
  for (int i = 0; i < count; i++)
    if (table_get(list[i].epoll) == fd_used) forget(fd, &list[i], 1);
}

static void exchange(int fd, void (*how)(int)) {
  sigset_t before;
  int saved = errno;
  begin(&before);
  how(fd);
  finish(&before);
  errno = saved;
}

void swap_hold(int fd) { exchange(fd, hold); }
void swap_release(int fd) { exchange(fd, release); }
void swap_silence(int fd) { exchange(fd, silence); }
void swap_leave(int fd) { exchange(fd, leave); }
