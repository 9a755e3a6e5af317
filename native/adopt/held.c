#include "held.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "count.h"
#include "name.h"
#include "real.h"

static struct held all[held_max];
static int count;

int held_count(void) { return count; }
struct held *held_at(int index) { return &all[index]; }

static int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(fd, level, name, &value, &length) == 0 ? value : -1;
}

// The socket's own name must be the declared one: a shell may have put another file at that number.
static bool held_open(struct held *held, int fd, const char *declared, size_t length) {
  struct stat st;
  char text[sizeof(struct sockaddr_un) + 8];
  memset(held, 0, sizeof *held);
  held->fd = fd;
  held->name_length = sizeof held->name;
  if (fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode)) return false;
  if (KERNEL(SYS_getsockname, fd, &held->name, &held->name_length) != 0) return false;
  held->dev = st.st_dev;
  held->ino = st.st_ino;
  held->type = option(fd, SOL_SOCKET, SO_TYPE);
  held->v6only = held->name.ss_family == AF_INET6 && option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1;
  return name_text((struct sockaddr *)&held->name, held->name_length, held->type, text, sizeof text) &&
         strlen(text) == length && memcmp(text, declared, length) == 0;
}

int held_read(const char *text) {
  while (*text != '\0' && count < held_max) {
    size_t length = strcspn(text, ";");
    size_t equals = length;
    while (equals > 0 && text[equals - 1] != '=') equals--;
    if (equals > 1) {
      char *end = NULL;
      long fd = strtol(text + equals, &end, 10);
      bool whole = end == text + length && fd >= 0 && fd < 1 << 20;
      if (whole && held_open(&all[count], (int)fd, text, equals - 1)) count++;
    }
    text += length;
    text += *text == ';';
  }
  return count;
}

// Two addresses are the same when they receive the same: docs/adopt.md, "Which bind is adopted".
static bool same(const struct held *held, int fd, const struct sockaddr *address, socklen_t length, bool *port) {
  const struct sockaddr *name = (const struct sockaddr *)&held->name;
  struct internet asked;
  struct internet had;
  if (name_internet(address, length, &asked)) {
    if (!name_internet(name, held->name_length, &had) || asked.port == 0 || asked.port != had.port) return false;
    *port = true;
    if (asked.v6 != had.v6 || asked.scope != had.scope || memcmp(asked.bytes, had.bytes, 16) != 0) return false;
    return !asked.v6 || !asked.any || (option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1) == held->v6only;
  }
  const char *asked_name = NULL;
  const char *had_name = NULL;
  size_t asked_bytes = name_unix(address, length, &asked_name);
  size_t had_bytes = name_unix(name, held->name_length, &had_name);
  if (asked_bytes == 0 || had_bytes == 0) return false;
  if (asked_bytes == had_bytes && memcmp(asked_name, had_name, had_bytes) == 0) return true;
  if (*asked_name == '\0' || *had_name == '\0') return false;
  char path[sizeof(struct sockaddr_un)] = {0};
  memcpy(path, asked_name, asked_bytes);
  return held_path(AT_FDCWD, path);
}

int held_for(int fd, const struct sockaddr *address, socklen_t length) {
  bool port = false;
  // What is longer than a name can be the kernel refuses.
  if (address == NULL || length < sizeof(sa_family_t) || (address->sa_family == AF_UNIX && length > sizeof(struct sockaddr_un))) return -1;
  int type = option(fd, SOL_SOCKET, SO_TYPE);
  for (int i = 0; i < count; i++)
    if (all[i].type == type && all[i].fd >= 0 && same(&all[i], fd, address, length, &port)) return i;
  if (port) count_miss(address, length, type);
  return -1;
}

bool held_is_there(int index) {
  struct stat st;
  return all[index].fd >= 0 && fstat(all[index].fd, &st) == 0 && all[index].ino == st.st_ino && all[index].dev == st.st_dev;
}

int held_behind(int fd) {
  struct stat st;
  if (fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode)) return -1;
  for (int i = 0; i < count; i++)
    if (all[i].ino == st.st_ino && all[i].dev == st.st_dev && all[i].type != SOCK_DGRAM) return i;
  return -1;
}

bool held_connection(int fd) {
  struct sockaddr_storage peer;
  struct sockaddr_storage mine;
  socklen_t peer_length = sizeof peer;
  socklen_t length = sizeof mine;
  struct internet local;
  struct internet had;
  if (KERNEL(SYS_getpeername, fd, &peer, &peer_length) != 0 || KERNEL(SYS_getsockname, fd, &mine, &length) != 0) return false;
  for (int i = 0; i < count; i++) {
    if (all[i].type == SOCK_DGRAM) continue;
    const struct sockaddr *name = (const struct sockaddr *)&all[i].name;
    if (name_internet(name, all[i].name_length, &had) && name_internet((struct sockaddr *)&mine, length, &local)) {
      if (had.port == local.port && (had.any || (had.v6 == local.v6 && memcmp(had.bytes, local.bytes, 16) == 0))) return true;
    } else if (length == all[i].name_length && mine.ss_family == AF_UNIX && memcmp(&mine, name, length) == 0) {
      return true;
    }
  }
  return false;
}

bool held_path(int directory, const char *path) {
  const char *base = strrchr(path, '/');
  base = base == NULL ? path : base + 1;
  for (int i = 0; i < count; i++) {
    const char *name = NULL;
    size_t bytes = name_unix((struct sockaddr *)&all[i].name, all[i].name_length, &name);
    if (bytes == 0 || *name == '\0') continue;
    char had[sizeof(struct sockaddr_un)] = {0};
    memcpy(had, name, bytes);
    if (strcmp(had, path) == 0) return true;
    const char *had_base = strrchr(had, '/');
    struct stat one;
    struct stat other;
    if (strcmp(had_base == NULL ? had : had_base + 1, base) == 0 && fstatat(directory, path, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
        lstat(had, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino)
      return true;
  }
  return false;
}
