#define _GNU_SOURCE
#include "identity.h"

#include <errno.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GROUPS_MAX = 65536 }; /* NGROUPS_MAX of Linux; musl's header says 32 */

enum identity_step identity_take(const struct identity *identity) {
  static gid_t groups[GROUPS_MAX]; /* untouched memory costs nothing */
  errno = EINVAL;
  if (identity->groups.count > GROUPS_MAX) return IDENTITY_GROUPS;
  for (uint32_t i = 0; i < identity->groups.count; i++) groups[i] = wire_u32(identity->groups.bytes + (size_t)4 * i);
  if (setgroups(identity->groups.count, groups) == -1) return IDENTITY_GROUPS;
  if (setgid(identity->gid) == -1) return IDENTITY_GID;
  if (setuid(identity->uid) == -1) return IDENTITY_UID;
  return IDENTITY_TAKEN;
}

int identity_try(const struct identity *identity) {
  int status;
  pid_t child = fork();
  if (child == -1) return errno;
  if (child == 0) _exit(identity_take(identity) == IDENTITY_TAKEN ? 0 : errno);
  if (waitpid(child, &status, 0) == -1) return errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}
