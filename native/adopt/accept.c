// accept() on a held socket. The open file is shared with other generations, so it is always O_NONBLOCK and the wait of a
// program that wants to block is done here, in ppoll(2): a cancellation point, as accept(2) is. All waiters of all
// generations are woken by each connection; a waiter that is quiet thus never swallows another's wake-up.
#include "accept.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <stdatomic.h>
#include <stdint.h>

#include "count.h"
#include "held.h"
#include "real.h"
#include "swap.h"
#include "table.h"

static _Atomic int own_wake = -1;

void accept_wake_all(void) {
  const uint64_t one = 1;
  int fd = atomic_exchange(&own_wake, -1);
  if (fd < 0) return;
  KERNEL(SYS_write, fd, &one, sizeof one);
  // Those who poll it hold the file; those about to are woken by POLLNVAL.
  table_set(fd, 0);
  KERNEL(SYS_close, fd);
}

void accept_after_fork(void) {
  int fd = atomic_exchange(&own_wake, -1);
  if (fd < 0) return;
  table_set(fd, 0);
  KERNEL(SYS_close, fd);
}

static int wake_for_waiting(void) {
  int fd = atomic_load(&own_wake);
  if (fd >= 0) return fd;
  int fresh = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fresh < 0) return -1;
  table_set(fresh, fd_protected);
  if (atomic_compare_exchange_strong(&own_wake, &fd, fresh)) return fresh;
  table_set(fresh, 0);
  KERNEL(SYS_close, fresh);
  return fd;
}

// One look at the queue, and at the gate before. legato-init shuts it and then waits until nobody is between enter and leave:
// whoever saw it open is either counted by then or took nothing.
static int take(int fd, struct sockaddr *address, socklen_t *length, int flags, enum adopt_gate *gate) {
  int got = -1;
  int saved = EAGAIN;
  count_enter();
  *gate = count_gate();
  if (*gate != adopt_open) {
    count_refused();
  } else {
    got = (int)KERNEL(SYS_accept4, fd, address, length, flags);
    saved = errno;
    if (got >= 0) {
      if (!(table_get(got) & fd_accepted)) count_opened();
      table_set(got, fd_accepted);
      count_accepted();
    }
  }
  count_leave();
  errno = saved;
  return got;
}

// ppoll(2) is never restarted after a handler, accept(2) is where SA_RESTART says so (signal(7)). Which signal came cannot
// be known: restart only if every handler that is installed asks for it.
static bool restartable(void) {
  for (int number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0) continue;
    bool handled = action.sa_flags & SA_SIGINFO || (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
    if (handled && !(action.sa_flags & SA_RESTART)) return false;
  }
  return true;
}

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// SO_RCVTIMEO in milliseconds, 0 for none (socket(7)).
static long timeout_of(int fd) {
  struct timeval timeout = {0};
  socklen_t length = sizeof timeout;
  if (getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, &length) != 0) return 0;
  return timeout.tv_sec * 1000 + (timeout.tv_usec + 999) / 1000;
}

// How a thread waits in accept(): until when, and with which signals. From before the last look until it has waited they are blocked: one that came
// in between would find nobody to interrupt, where accept(2) would have returned.
struct patience {
  long deadline;  // in ms; 0: none; -1: it has not begun
  sigset_t signals;
};

static void begin_waiting(int fd, struct patience *patience) {
  long timeout = timeout_of(fd);
  patience->deadline = timeout == 0 ? 0 : now_ms() + timeout;
  sigset_t all;
  sigfillset(&all);
  // Of this thread alone, as pthread_sigmask(3), which older C libraries have in another library.
  sigprocmask(SIG_SETMASK, &all, &patience->signals);
}

static void end_waiting(const struct patience *patience) {
  if (patience->deadline == -1) return;
  int saved = errno;
  sigprocmask(SIG_SETMASK, &patience->signals, NULL);
  errno = saved;
}

// true: look again. false: errno says why not.
static bool wait_for(int fd, enum adopt_gate gate, const struct patience *patience) {
  long deadline = patience->deadline;
  struct pollfd watched[3] = {{.fd = fd, .events = POLLIN}, {.fd = wake_for_waiting(), .events = POLLIN}, {.fd = -1, .events = POLLIN}};
  if (gate == adopt_open) watched[2].fd = count_wake();
  if (gate == adopt_held) watched[0].fd = count_go();
  // shutdown() marks first and wakes then: a mark that came before our look at own_wake is seen here.
  if (table_get(fd) & fd_shut) return true;
  bool told = table_get(fd) & fd_announced;
  long left = deadline == 0 ? -1 : deadline - now_ms();
  if (deadline != 0 && left < 0) left = 0;
  const struct timespec timeout = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
  int ready = ppoll(watched, 3, left < 0 ? NULL : &timeout, &patience->signals);
  // Not the program was told (poll.c).
  if (!told) table_unmark(fd, fd_announced);
  if (ready == 0 && deadline != 0 && now_ms() >= deadline) {
    errno = EAGAIN;
    return false;
  }
  return ready >= 0 || (errno == EINTR && deadline == 0 && restartable());
}

static int look_and_wait(int fd, struct sockaddr *address, socklen_t *length, int flags, struct patience *patience) {
  for (;;) {
    enum adopt_gate gate = count_gate();
    uint16_t entry = table_get(fd);
    if (entry & fd_shut) {
      errno = EINVAL;
      return -1;
    }
    if (gate == adopt_open && entry & fd_held) swap_release(fd);
    int got = take(fd, address, length, flags, &gate);
    // Another thread, which saw the gate shut, has just put the stand-in there.
    if (got < 0 && errno == ENOTSOCK && table_get(fd) & fd_held) continue;
    if (got >= 0 || errno != EAGAIN) return got;
    if (gate == adopt_quiet) swap_silence(fd);
    if (gate == adopt_held) {
      swap_hold(fd);
      // It has opened meanwhile: an edge that brought the program here would not come again.
      if (count_gate() == adopt_open) continue;
    }
    if (entry & fd_nonblock) {
      errno = EAGAIN;
      return -1;
    }
    // As when a client that was announced has gone again. Nobody will come any more.
    if (gate == adopt_quiet && table_get(fd) & fd_announced) {
      errno = ECONNABORTED;
      return -1;
    }
    if (patience->deadline == -1) begin_waiting(fd, patience);
    else if (!wait_for(fd, gate, patience)) return -1;
  }
}

static int accept_held(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  struct patience patience = {.deadline = -1};
  count_listening(fd);
  int got = look_and_wait(fd, address, length, flags, &patience);
  if (table_get(fd) & fd_announced) table_unmark(fd, fd_announced);
  end_waiting(&patience);
  return got;
}

EXPORT int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags) {
  if (!adopt_active || table_listener(fd) == 0) return REAL(accept4)(fd, address, length, flags);
  return accept_held(fd, address, length, flags);
}

EXPORT int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length) {
  if (!adopt_active || table_listener(fd) == 0) return REAL(accept)(fd, address, length);
  return accept_held(fd, address, length, 0);
}
