// A server that finds its socket's path clears it away before it binds, and again when it ends. The path is legato-init's.
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "held.h"
#include "real.h"
#include "table.h"

EXPORT int unlink(const char *path) {
  if (adopt_active && held_path(AT_FDCWD, path)) return 0;
  return (int)KERNEL(SYS_unlinkat, AT_FDCWD, path, 0);
}

EXPORT int unlinkat(int directory, const char *path, int flags) {
  if (adopt_active && flags == 0 && held_path(directory, path)) return 0;
  return (int)KERNEL(SYS_unlinkat, directory, path, flags);
}

EXPORT int remove(const char *path) {
  if (adopt_active && held_path(AT_FDCWD, path)) return 0;
  return REAL(remove)(path);
}
