// What the program believes of its listeners' file status flags. The open file is shared by generations and always
// O_NONBLOCK, so the program's own idea is kept beside it.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "count.h"
#include "real.h"
#include "table.h"

static void want_nonblock(int fd, bool wanted) {
  if (wanted)
    table_mark(fd, fd_nonblock);
  else
    table_unmark(fd, fd_nonblock);
}

static int control(int fd, int command, void *argument) {
  if (!adopt_active) return REAL(fcntl)(fd, command, argument);
  uint16_t entry;
  int result;
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      result = REAL(fcntl)(fd, command, argument);
      entry = table_get(fd);
      if (result >= 0 && entry != 0 && count_mine()) {
        table_set(result, entry & (uint16_t)~fd_protected);
        if (entry & fd_accepted) count_opened();
      }
      return result;
    case F_SETFD:
      // legato-init's numbers pass on through wrappers that mark all they do not know.
      return table_get(fd) & fd_protected ? 0 : REAL(fcntl)(fd, command, argument);
    case F_GETFL:
      result = REAL(fcntl)(fd, command, argument);
      entry = result < 0 ? 0 : table_listener(fd);
      return entry == 0 || entry & fd_nonblock ? result : result & ~O_NONBLOCK;
    case F_SETFL:
      if (table_listener(fd) == 0) return REAL(fcntl)(fd, command, argument);
      want_nonblock(fd, (long)argument & O_NONBLOCK);
      return REAL(fcntl)(fd, command, (void *)((long)argument | O_NONBLOCK));
    default:
      return REAL(fcntl)(fd, command, argument);
  }
}

EXPORT int fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void *argument = va_arg(list, void *);
  va_end(list);
  return control(fd, command, argument);
}

#ifdef __GLIBC__
EXPORT int fcntl64(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void *argument = va_arg(list, void *);
  va_end(list);
  return control(fd, command, argument);
}
typedef unsigned long request_t;
#else
typedef int request_t;
#endif

EXPORT int ioctl(int fd, request_t request, ...) {
  va_list list;
  va_start(list, request);
  void *argument = va_arg(list, void *);
  va_end(list);
  if (adopt_active && (unsigned)request == FIONBIO) {
    if (table_listener(fd) != 0) {
      want_nonblock(fd, *(const int *)argument != 0);
      return 0;
    }
  }
  if (adopt_active && (unsigned)request == FIOCLEX && table_get(fd) & fd_protected) return 0;
  return (int)KERNEL(SYS_ioctl, fd, request, argument);
}
