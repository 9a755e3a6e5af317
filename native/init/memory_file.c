#define _GNU_SOURCE
#include "memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Above every descriptor that is handed to a brain by number. */
enum { LOWEST = 64 };

int memory_file(const char *name) {
  int made = memfd_create(name, MFD_CLOEXEC);
  if (made == -1) return -1;
  int kept = fchmod(made, 0600) == -1 ? -1 : fcntl(made, F_DUPFD_CLOEXEC, LOWEST);
  int error = errno;
  close(made);
  errno = error;
  return kept;
}
