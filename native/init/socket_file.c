#define _GNU_SOURCE
#include "socket_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0 when somebody has bound the name, else the errno that a connection meets. */
static int knock(const struct address *address) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd == -1) return errno;
  int error = connect(fd, (const struct sockaddr *)&address->storage, address->length) == -1 ? errno : 0;
  close(fd);
  return error;
}

bool socket_file_clear(const struct address *address) {
  const char *path = address_path(address);
  struct stat found;
  if (lstat(path, &found) == -1) return errno == ENOENT;
  errno = ENOTSOCK;
  if (!S_ISSOCK(found.st_mode)) return false;
  int error = knock(address);
  /* Of another type it is as much in use (EPROTOTYPE), and so it is with a full queue (EAGAIN). */
  errno = error == 0 || error == EPROTOTYPE || error == EAGAIN ? EADDRINUSE : error;
  if (error == ECONNREFUSED && unlink(path) == 0) return true;
  return errno == ENOENT; /* somebody else has removed it meanwhile */
}

/* By the descriptor's path: fchmod(2) and fchown(2) of the socket itself would not reach the file, and by its name a
 * link put in its place would be followed. */
static enum file_step give(int fd, uint32_t uid, uint32_t gid, uint32_t mode) {
  char name[32];
  if ((uid != WIRE_NONE || gid != WIRE_NONE) && fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == -1) return FILE_OWNER;
  if (mode == WIRE_NONE) return FILE_TAKEN;
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  return chmod(name, (mode_t)(mode & 07777)) == -1 ? FILE_MODE : FILE_TAKEN;
}

enum file_step socket_file_take(const char *path, uint32_t uid, uint32_t gid, uint32_t mode, struct socket_file *out) {
  struct stat found;
  int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd == -1) return FILE_OWNER;
  enum file_step step = FILE_OWNER;
  errno = ENOTSOCK;
  if (fstat(fd, &found) == 0 && S_ISSOCK(found.st_mode)) {
    out->device = found.st_dev;
    out->inode = found.st_ino;
    snprintf(out->path, sizeof out->path, "%s", path);
    step = give(fd, uid, gid, mode);
  }
  int error = errno;
  close(fd);
  errno = error;
  return step;
}

void socket_file_remove(struct socket_file *file) {
  struct stat found;
  if (!file->inode) return;
  bool ours = lstat(file->path, &found) == 0 && found.st_dev == file->device && found.st_ino == file->inode;
  /* Refused, the name stays behind: whoever binds it next finds it stale. */
  if (ours) unlink(file->path);
  file->inode = 0;
}

void socket_file_save(const struct socket_file *file) {
  const size_t length = strnlen(file->path, sizeof file->path);
  state_put(file->device, 8);
  state_put(file->inode, 8);
  state_put_text((struct text){(const uint8_t *)file->path, (uint32_t)length});
}

void socket_file_load(struct state_record *record, struct socket_file *file) {
  file->device = (dev_t)state_take(record, 8);
  file->inode = (ino_t)state_take(record, 8);
  const struct text path = state_take_text(record);
  if (path.length < sizeof file->path)
    memcpy(file->path, path.bytes, path.length);
  else
    record->broken = true;
}
