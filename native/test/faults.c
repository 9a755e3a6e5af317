/* Lets system calls of legato-init fail, for the tests: preloaded into a dynamic build of it. LEGATO_FAULTS names a file that the test writes and that init
 * and its shims share: struct fault. The next `skip` calls of `name` go well, `count` after them fail with the error `number`. `send` and `recv`
 * of a stream are not failed but cut to `number` bytes; `clock` adds `number` seconds to CLOCK_MONOTONIC as long as it is there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The test's brain, below init, has it loaded as well. */
static bool is_init(void) {
  static int known;
  if (!known) known = strncmp(program_invocation_short_name, "legato-init", 11) == 0 ? 1 : 2;
  return known == 1;
}

struct fault {
  char name[16];
  int32_t number;
  _Atomic int32_t skip, count;
};

static struct fault *shared(void) {
  static struct fault *mapped;
  const char *path = getenv("LEGATO_FAULTS");
  if (mapped || !path || !is_init()) return mapped;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd == -1) return NULL;
  void *room = (void *)syscall(SYS_mmap, NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return room == MAP_FAILED ? NULL : (mapped = room);
}

/* Counts one call of `name`; 0: it goes well, else the number. Without a lock: whoever held it may have been stopped, by init. */
static int32_t fault(const char *name) {
  const int error = errno;
  struct fault *now = shared();
  errno = error;
  if (!now || strcmp(now->name, name) != 0 || atomic_fetch_sub(&now->skip, 1) > 0 || atomic_fetch_sub(&now->count, 1) <= 0) return 0;
  errno = now->number;
  return now->number;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

pid_t fork(void) { return fault("fork") ? -1 : REAL(fork)(); }

int pipe2(int ends[2], int flags) { return fault("pipe2") ? -1 : REAL(pipe2)(ends, flags); }

int socketpair(int domain, int type, int protocol, int ends[2]) {
  return fault("socketpair") ? -1 : REAL(socketpair)(domain, type, protocol, ends);
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  return fault("mmap") ? MAP_FAILED : REAL(mmap)(at, length, protection, flags, fd, offset);
}

int memfd_create(const char *name, unsigned flags) { return fault("memfd_create") ? -1 : REAL(memfd_create)(name, flags); }

int eventfd(unsigned value, int flags) { return fault("eventfd") ? -1 : REAL(eventfd)(value, flags); }

int epoll_ctl(int instance, int operation, int fd, struct epoll_event *event) {
  return operation != EPOLL_CTL_DEL && fault("epoll_ctl") ? -1 : REAL(epoll_ctl)(instance, operation, fd, event);
}

int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict timer) {
  return fault("timer_create") ? -1 : REAL(timer_create)(clock, event, timer);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = REAL(clock_gettime)(clock, now);
  const struct fault *jump = clock == CLOCK_MONOTONIC ? shared() : NULL;
  if (jump && strcmp(jump->name, "clock") == 0) now->tv_sec += jump->number;
  return result;
}

static bool is_stream(int fd) {
  int type = 0;
  socklen_t length = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

static size_t cut(const char *name, int fd, size_t length) {
  const int error = errno;
  const int32_t most = is_stream(fd) ? fault(name) : 0;
  errno = error;
  return most > 0 && (size_t)most < length ? (size_t)most : length;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) { return REAL(send)(fd, bytes, cut("send", fd, length), flags); }

ssize_t recv(int fd, void *bytes, size_t length, int flags) { return REAL(recv)(fd, bytes, cut("recv", fd, length), flags); }
